// Whether a value directory holds what its value.json promises.
#pragma once

#include <bgraph/sdk/contract/value_header.h>

#include <filesystem>
#include <string>

namespace bgraph::store {

/// By names, shapes and sizes alone (microseconds): "" or what is wrong.
std::string size_problem(const std::filesystem::path& folder, const ValueHeader& header);

/// By content, every byte hashed again: "" or what is wrong. The second with its header, whose digest and sizes are right.
std::string content_problem(const std::filesystem::path& folder, const Digest& expected);
std::string content_problem(const std::filesystem::path& folder, const ValueHeader& header);

}  // namespace bgraph::store

// What a value or a safetensors file holds, from its header alone: no tensor is read.
#pragma once

#include <bgraph/sdk/contract/value_header.h>

#include <filesystem>
#include <string>

namespace bgraph::cli {

std::string value_page(const ValueHeader& header);

/// Error when the file is no valid safetensors file.
std::string safetensors_page(const std::filesystem::path& file);
Json safetensors_json(const std::filesystem::path& file);

}  // namespace bgraph::cli

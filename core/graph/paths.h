// Paths in graph files.
#pragma once

#include <bgraph/sdk/contract/error.h>

#include <filesystem>
#include <optional>
#include <string>

namespace bgraph::graph {

/// A path as written in a graph file: relative to that file. From the command line: relative to here.
std::filesystem::path beside(const Place& place, const std::string& path);

/// A path with ${data} filled in; nothing when it needs a data folder and none is known.
std::optional<std::string> with_data(std::string path, const std::filesystem::path& data);

/// "did you mean 'subj01.h5'?" from what else lies in the folder of a missing file, or "".
std::string did_you_mean_file(const std::filesystem::path& missing);

}  // namespace bgraph::graph

// Which files of a folder a node reads, as its parameter declares: patterns relative to the folder.
//
//   "nsddata_betas/ppdata/{subjects}/{space}/{version}/*betas_session*"
//
// {name} stands for the value of another parameter of the node, one pattern for each when it is a list (several lists: every
// combination); '*' stands for any letters but '/'.
#pragma once

#include <bgraph/sdk/contract/manifest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace bgraph::store {

/// Patterns with every {name} filled in. Error for a name that is no parameter.
std::vector<std::string> filled_patterns(const std::vector<std::string>& patterns, const Json& params);

/// Files below `folder` that match, relative to it, sorted. A part of the path that is not there matches nothing.
std::vector<std::filesystem::path> files_matching(const std::filesystem::path& folder, const std::string& pattern);

}  // namespace bgraph::store

// Which files of a folder a node reads, as its parameter declares: patterns relative to the folder.
//
//   "nsddata_betas/ppdata/{subjects}/{space}/{version}/*betas_session*"
//
//   "{space=func1pt8mm|func1mm}nsddata/ppdata/{subjects}/{space}/roi/{mask}.nii.gz"
//   "?brain_region_masks.hdf5"
//
// {name} stands for the value of another parameter of the node, one pattern for each when it is a list (several lists: every
// combination); {name=a|b} for nothing where the parameter is one of these, and the pattern is left out where it is not; '*' stands
// for any letters but '/'. A pattern behind '?' is read where it is there and not missed where it is not.
#pragma once

#include <bgraph/sdk/contract/manifest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace bgraph::store {

/// Patterns with every {name} filled in, the '?' kept. Error for a name that is no parameter.
std::vector<std::string> filled_patterns(const std::vector<std::string>& patterns, const Json& params);

inline bool is_optional(const std::string& pattern) { return !pattern.empty() && pattern[0] == '?'; }

/// True for a symbolic link to what is not there.
bool leads_nowhere(const std::filesystem::path& file);

/// Files below `folder` that match, relative to it, sorted; links that lead nowhere are among them. A part of the path
/// that is not there matches nothing.
std::vector<std::filesystem::path> files_matching(const std::filesystem::path& folder, const std::string& pattern);

}  // namespace bgraph::store

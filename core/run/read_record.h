// A run as its folder tells of it: what `report`, `diff` and `certify` start from.
#pragma once

#include <bgraph/core/registry/catalogue.h>
#include <bgraph/core/run/record.h>

#include <filesystem>
#include <set>
#include <string>

namespace bgraph::run {

/// The folder of a run, by its name below `runs` or by its own path. Error with the nearest name if there is none.
std::filesystem::path find_run(const std::string& what, const std::filesystem::path& runs);

/// manifest.json of a run. Error naming it if it is missing or malformed.
Json read_manifest(const std::filesystem::path& folder);

/// The types of its nodes.
std::set<std::string> types_in(const Json& manifest);

/// The record of a run: manifest.json, and the graphs beside it (graph.toml, or graphs/ with its index), read with
/// the plugins of today; what they no longer offer is missing from the drawing, not from the record.
RunRecord read_record(const std::filesystem::path& folder, const registry::Catalogue& catalogue);

}  // namespace bgraph::run

// A capsule: everything needed to run one unit again, apart from its run.
//
//   {"unit": sdk/contract/unit.h, "build_id": of its plugin, "threads": of its worker,
//    "recorded": {port: digest} if it has finished, "error", "reason", "tail" if it failed}
//
// A failed unit leaves one in runs/<name>/capsules/. That of a finished node is put together from the run's
// manifest and the store's record.
#pragma once

#include <bgraph/core/registry/catalogue.h>
#include <bgraph/sdk/contract/manifest.h>

#include <filesystem>
#include <string>

namespace bgraph::run {

/// The capsule of a node ("clusters", "cell/clusters") of a run. Its plugin is where the catalogue says.
/// Error if the run has no such node, or the node never got as far as a key.
Json capsule_of(const std::filesystem::path& run_folder, const std::string& node,
                const registry::Catalogue& catalogue);

}  // namespace bgraph::run

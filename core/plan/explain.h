// Why a node runs: what differs from the nearest earlier run of its type.
#pragma once

#include <bgraph/core/store/key_record.h>

#include <string>
#include <vector>

namespace bgraph::plan {

/// One short phrase per field in which two preimages differ: "parameter k: 64 -> 128",
/// "input `voxels` changed", "plugin clusters rebuilt", "seed: 0 -> 1".
std::vector<std::string> differences(const Json& before, const Json& now, const std::string& plugin);

/// The reason for a miss. `earlier` are records of the node type, newest first; the one with the fewest
/// differences is compared, the newest of several, one of the same node name before others.
std::string explain(const Json& now, const std::vector<store::KeyRecord>& earlier,
                    const std::string& node, const std::string& plugin);

}  // namespace bgraph::plan

// Why a node runs: what differs from the nearest earlier run of its type.
#pragma once

#include <bgraph/core/store/key_record.h>

#include <string>
#include <vector>

namespace bgraph::plan {

/// A field in which two preimages differ; null where one of them lacks it.
///   field   "params.k", "inputs.voxels", "plugin", "seed", ...
struct Change {
  std::string field;
  Json before, now;
};

std::vector<Change> differences(const Json& before, const Json& now);

/// "parameter k: 64 -> 128", "input `voxels` changed (3f2a9c01 -> 77aa0011)", "plugin clusters rebuilt",
/// "seed: 0 -> 1".
std::string phrase(const Change& change, const std::string& plugin);

/// What an earlier run says of a node that must run.
struct Explanation {
  std::string text;             // for people: up to three changes, or why there are none
  std::vector<Change> changes;  // all of them
  const store::KeyRecord* nearest = nullptr;  // the run compared with; nullptr = there was none
};

/// The reason for a miss. `earlier` are records of the node type, newest first; the one with the fewest
/// differences is compared, the newest of several, one of the same node name before others.
Explanation explain(const Json& now, const std::vector<store::KeyRecord>& earlier, const std::string& node,
                    const std::string& plugin);

}  // namespace bgraph::plan

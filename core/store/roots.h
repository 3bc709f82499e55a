// What has to stay in a store whoever is alive: values that a run's folder tells of, values that were pinned, and what
// jobs of a batch system read and made until a run has fetched it.
//
//   store/runs/<hash>      the path of a run folder; its manifest.json names values. Gone with the folder
//   store/pins/<digest>    why, one line
//   store/jobs/<key>/      see run/job.h
#pragma once

#include <bgraph/core/store/store.h>

#include <map>
#include <string>

namespace bgraph::store {

/// From now on the values of this run folder stay, until somebody removes the folder.
void note_run(const Store& store, const std::filesystem::path& run_folder);

void pin(const Store& store, const Digest& digest, const std::string& why);
bool unpin(const Store& store, const Digest& digest);  // false if it was not pinned

/// Value -> who keeps it ("run full", "pin: for the paper"). Runs whose folder is gone are forgotten.
std::map<Digest, std::string> roots(const Store& store);

}  // namespace bgraph::store

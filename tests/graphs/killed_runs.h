// Real runs that can be killed: the programs copied into a folder of their own, so that no process of another
// test is taken for theirs.
#pragma once

#include "../core/scratch.h"

#include <bgraph/sdk/contract/manifest.h>

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace bgraph::testing {

class KilledRuns {
 public:
  KilledRuns();
  ~KilledRuns();  // kills what is left
  KilledRuns(const KilledRuns&) = delete;
  KilledRuns& operator=(const KilledRuns&) = delete;

  /// Starts `bgraph run` of killed.toml, one node of which trains, under this run name.
  pid_t start(const std::string& name) const;
  /// Waits for it: the exit code, or minus the signal that ended it.
  int wait(pid_t control) const;
  /// The same within `seconds`; false if it is still running.
  bool ended_within(pid_t control, double seconds, int& code) const;

  /// Another verb in this folder, `command("replay killed encoder")`; its exit code. What it says is in <verb>.txt.
  int command(const std::string& words) const;

  std::vector<pid_t> workers() const;  // alive now, whoever started them
  /// True once no worker is alive; waits up to ten seconds.
  bool workers_gone() const;

  void forget_store() const;
  /// Key -> inode of its record: a record written again has another one.
  std::map<std::string, ino_t> finished() const;
  /// Node -> outputs, as the manifest of this run tells.
  std::map<std::string, Json> outputs(const std::string& name) const;
  std::string text(const std::filesystem::path& file) const;  // relative to the folder; "" if it is not there
  /// What waits to be swept: drafts of values and of run folders.
  size_t leftovers() const;
  bool has_checkpoint() const;

  const std::filesystem::path& folder() const { return folder_; }

 private:
  Scratch scratch_;
  std::filesystem::path folder_;
};

}  // namespace bgraph::testing

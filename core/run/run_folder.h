// runs/<name>/, written out of sight and put in place whole.
//
// While a run goes on its files are in runs/.unfinished/<name>-<pid>-<n>/; `publish` exchanges the folder
// with an earlier one of the same name in one step. What a killed run leaves is swept by the next.
#pragma once

#include <bgraph/core/store/temporary.h>

#include <filesystem>
#include <string>

namespace bgraph::run {

/// Removes what runs that were killed have left of their folders. Where that cannot be done it stays.
void sweep_unfinished(const std::filesystem::path& runs);

class RunFolder {
 public:
  /// `runs` is --runs. Error if it cannot be written, or if the name is no plain folder name.
  RunFolder(const std::filesystem::path& runs, const std::string& name);

  const std::filesystem::path& path() const { return path_; }      // where files are written
  const std::filesystem::path& target() const { return target_; }  // runs/<name>
  void publish();

 private:
  std::filesystem::path target_;
  store::TemporaryFolder temporary_;
  std::filesystem::path path_;
};

}  // namespace bgraph::run

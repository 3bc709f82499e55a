// A folder for what is being written, owned by this process and swept once the process is dead.
//
//   store/tmp/<label>-<pid>-<n>/.owner    locked for as long as the owner lives
//
// Whoever is killed leaves its folder behind; the next run removes every folder whose lock is free.
#pragma once

#include <bgraph/core/store/lock.h>

#include <filesystem>
#include <string>

namespace bgraph::store {

class TemporaryFolder {
 public:
  /// Makes `<parent>/<label>-<pid>-<n>` and locks it. Error if the parent cannot be written.
  TemporaryFolder(const std::filesystem::path& parent, const std::string& label);
  ~TemporaryFolder();  // removes what is left of it
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::optional<FileLock> owner_;
};

/// Removes every folder below `parent` whose owner is dead. Returns how many.
int sweep_dead(const std::filesystem::path& parent);

}  // namespace bgraph::store

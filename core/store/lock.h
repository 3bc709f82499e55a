// Locks that die with their process (flock), so that nothing stale is ever left to be cleared by hand.
#pragma once

#include <filesystem>
#include <optional>

namespace bgraph::store {

/// A held lock on a file. Movable; released by the destructor or by the death of the process.
class FileLock {
 public:
  /// Waits for the lock; `shared` lets other sharers in.
  static FileLock wait(const std::filesystem::path& file, bool shared = false);
  /// Takes the lock, or nothing if somebody else holds it.
  static std::optional<FileLock> attempt(const std::filesystem::path& file);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

  /// Removes the lock file too. For locks with a name of their own (one per key), which would pile up.
  void remove_and_release();

 private:
  FileLock(int descriptor, std::filesystem::path file);
  static std::optional<FileLock> acquire(const std::filesystem::path& file, int operation);

  int descriptor_ = -1;
  std::filesystem::path file_;
};

}  // namespace bgraph::store

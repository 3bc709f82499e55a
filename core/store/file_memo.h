// Remembers the digest of a file until the file changes, so that gigabytes are hashed once.
//
//   store/files/<dev>-<inode>.json    {size, mtime_ns, ctime_ns, digest}
//
// A file counts as unchanged while device, inode, size, mtime and ctime (both in ns) are.
#pragma once

#include <bgraph/sdk/contract/digest.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace bgraph::store {

class FileMemo {
 public:
  /// `folder` need not exist; it is made by the first `remember`. A memo that cannot be written is slow,
  /// not wrong: failures are ignored.
  explicit FileMemo(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::optional<Digest> recall(const std::filesystem::path& file) const;
  void remember(const std::filesystem::path& file, const Digest& digest) const;
  void forget(const std::filesystem::path& file) const;

  /// Content digest of an external file, hashed only if it changed. Error if it cannot be read, or if it
  /// changes while it is read.
  Digest digest_of(const std::filesystem::path& file) const;

  /// Digest of a folder: the sorted relative names of its files with their content digests. With `patterns`
  /// (folder_files.h), of the files that match one of them.
  Digest digest_of_folder(const std::filesystem::path& folder, const std::vector<std::string>& patterns = {}) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace bgraph::store

// store/index: what earlier looks at the store found good, so that the next need not parse it again.
//
//   "bgraphi1", then entries, each appended by one write:
//   uint32 length | uint64 FNV-1a of the rest | key (32 bytes) | seconds, peak MiB | outputs | builds      native endian
//
// An entry holds for as long as every file of every output has the stamp it had then (device, inode, size, mtime,
// ctime). It is a memory, not a source: without the file everything is found again, from keys/ and values/.
#pragma once

#include <bgraph/core/store/key_record.h>

#include <cstring>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bgraph::store {

/// A component inside a value, and the build of the plugin it came from.
struct Build {
  std::string component, build_id;
};

/// Every {"component", "build_id"} in this JSON, at any depth.
std::vector<Build> builds_in(const Json& meta);

/// What a plan needs to know of a finished unit.
struct Known {
  std::map<std::string, Digest> outputs;
  double seconds = 0, peak_mib = 0;
  std::vector<Build> builds;  // of the components inside its outputs
};

/// Digests are random already.
struct FirstBytes {
  size_t operator()(const Digest& digest) const {
    size_t hash = 0;
    std::memcpy(&hash, digest.bytes.data(), sizeof hash);
    return hash;
  }
};

class Index {
 public:
  explicit Index(std::filesystem::path root) : root_(std::move(root)) {}
  ~Index();

  /// What is remembered of a key, if no file of its outputs has changed since.
  std::optional<Known> find(const std::string& key);
  /// Remembers. A store that cannot be written is slower, not wrong: failures are ignored.
  void add(const std::string& key, const Known& known);

 private:
  void read();

  std::filesystem::path root_;
  std::mutex reading_;
  bool was_read_ = false;
  int values_ = -1;  // the folder of values, opened: from there the way to a file is short
  std::string bytes_;
  std::unordered_map<Digest, std::string_view, FirstBytes> entries_;  // key -> the rest of its newest entry
};

}  // namespace bgraph::store

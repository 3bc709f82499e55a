// What living processes need of a store, so that `store gc` can work beside them.
//
//   store/leases/<pid>-<n>     locked by its owner for as long as it lives. First line: since when (nanoseconds, the
//                              clock of the disk); then names: values it found or published, keys it is to compute
//   store/in_use               locked shared while somebody looks up and names, exclusively while values are taken out
//
// To look something up and to name it is one step for a collection, so what it decided on is either named in time and
// stays, or is no longer found and is computed again. What a worker has made and control has not recorded yet is named
// by nobody: it stays because it is younger than the oldest lease and than every record that leads to it.
#pragma once

#include <bgraph/core/store/lock.h>
#include <bgraph/sdk/contract/digest.h>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace bgraph::store {

class Lease {
 public:
  explicit Lease(std::filesystem::path store) : store_(std::move(store)) {}
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  /// From now on what is named stays while this lives. Does nothing where there is no store or it has begun.
  void begin();
  /// Within a Look. Nothing before `begin`.
  void name(const Digest& digest);

 private:
  friend class Look;
  void enter();
  void leave() noexcept;

  std::filesystem::path store_;
  std::mutex mutex_;
  std::optional<FileLock> owner_;  // of the file in leases/
  std::optional<FileLock> gate_;   // of in_use
  std::filesystem::path file_;
  std::set<Digest> named_;
  std::string unwritten_;
  int looks_ = 0;
};

/// While one lives nothing is taken out of the store. What was named in between is on disk at its end; should that
/// fail (a full disk), nothing is taken out for as long as the lease lives.
class Look {
 public:
  explicit Look(Lease& lease) : lease_(lease) { lease_.enter(); }
  ~Look() { lease_.leave(); }
  Look(const Look&) = delete;
  Look& operator=(const Look&) = delete;

 private:
  Lease& lease_;
};

struct Leased {
  std::set<Digest> names;
  int64_t since_ns = std::numeric_limits<int64_t>::max();  // of the oldest lease
};

/// What all living processes need. The leases of dead ones are removed.
Leased leased(const std::filesystem::path& store);

/// While held nothing is taken out.
FileLock keep_all(const std::filesystem::path& store);
/// To take something out; nothing if others did not stop looking for `patience_s`.
std::optional<FileLock> try_take_out(const std::filesystem::path& store, double patience_s);

/// When a file or folder was last changed, by the clock of the disk; 0 if it is not there.
int64_t stamp_ns(const std::filesystem::path& path);

}  // namespace bgraph::store

// What the parts of the HDF5 reader share; private to them (.hpp: no part of the headers that plugins are built against).
#pragma once

#include <bgraph/sdk/data/hdf5_file.h>

#include <hdf5.h>

#include <mutex>
#include <unordered_map>
#include <utility>

namespace bgraph {

namespace hdf5 {

/// The library is not built for several threads: every call of it stands under this lock, which one thread may take twice.
std::unique_lock<std::recursive_mutex> entered();

/// An HDF5 identifier that closes itself.
class Id {
 public:
  Id() = default;
  Id(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  ~Id() {
    if (id_ < 0 || !close_) return;
    const auto lock = entered();
    close_(id_);
  }
  Id(Id&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Id& operator=(Id&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  operator hid_t() const { return id_; }  // NOLINT: what every HDF5 call takes
  bool valid() const { return id_ >= 0; }

 private:
  hid_t id_ = -1;
  herr_t (*close_)(hid_t) = nullptr;
};

struct ChunkPlace {
  haddr_t address = HADDR_UNDEF;
  hsize_t bytes = 0;
};

/// Chunks of a matrix that can be had without HDF5.
struct OwnChunks {
  std::shared_ptr<MappedFile> file;                // null: there are none
  bool shuffled = false, deflated = false;         // through these filters, in this order
  std::unordered_map<int64_t, ChunkPlace> place;   // by number, as they are asked for
};

/// Rows of a matrix of `width` numbers of `bytes`, one after the other, as they are stored. False where HDF5 has to do it,
/// or to say what is wrong. Takes the lock for as long as it asks where chunks lie.
bool read_rows(OwnChunks& chunks, hid_t dataset, int64_t width, const std::vector<int64_t>& chunk, size_t bytes,
               std::span<const int64_t> index, std::byte* out);

/// The innermost reason on HDF5's own stack, which is then empty.
std::string reason();

}  // namespace hdf5

struct Hdf5Dataset::Handles {
  std::shared_ptr<void> file;
  hdf5::Id dataset, type;
  int64_t stored_bytes = 0;
  hdf5::OwnChunks chunks = {};
};

}  // namespace bgraph

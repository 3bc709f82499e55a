// What the parts of the HDF5 reader share; private to them (.hpp: no part of the headers that plugins are built against).
#pragma once

#include <bgraph/sdk/data/hdf5_file.h>

#include <hdf5.h>

#include <unordered_map>
#include <utility>

namespace bgraph {

namespace hdf5 {

/// An HDF5 identifier that closes itself.
class Id {
 public:
  Id() = default;
  Id(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  ~Id() {
    if (id_ >= 0 && close_) close_(id_);
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

/// The innermost reason on HDF5's own stack, which is then empty.
std::string reason();

}  // namespace hdf5

struct Hdf5Dataset::Handles {
  std::shared_ptr<void> file;
  hdf5::Id dataset, type;
  int64_t stored_bytes = 0;
  std::shared_ptr<MappedFile> chunks;                   // the file, where chunks of a matrix lie in it as in memory
  std::unordered_map<int64_t, haddr_t> address = {};    // of such chunks, by number, as they are asked for
};

}  // namespace bgraph

// A foreign file read from front to back, plain or gzip, without ever believing a length it states.
//
//   FileStream in("lh.betas.mgh");
//   const auto version = in.number<int32_t>("version", true);     // big-endian
//   at::Tensor data = in.numbers({750, 163842}, {'f', 4, true}, "data");
//
// Before memory is taken for numbers, their size is compared with the most the rest of the file can hold: its bytes,
// or 1032 times as many when it is gzip (deflate can do no better).
#pragma once

#include <ATen/core/Tensor.h>
#include <bgraph/sdk/data/number_code.h>
#include <bgraph/sdk/data/wrong_file.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>

struct gzFile_s;

namespace bgraph::io {

class FileStream {
 public:
  explicit FileStream(const std::string& path);
  ~FileStream();
  FileStream(const FileStream&) = delete;
  FileStream& operator=(const FileStream&) = delete;

  const std::string& path() const { return path_; }
  bool compressed() const { return compressed_; }
  uint64_t position() const { return position_; }
  uint64_t most_left() const;  // bytes the rest may hold

  /// Exactly `count` bytes, or an Error that names `item` and where the file ends.
  void read(void* out, size_t count, std::string_view item);
  void skip(uint64_t count, std::string_view item);
  void move_to(uint64_t position, std::string_view item);  // forwards only
  std::string text(size_t count, std::string_view item);
  std::string line(size_t longest, std::string_view item);  // without its '\n'
  bool at_end();

  template <class T>
  T number(std::string_view item, bool big_endian) {
    std::array<std::byte, sizeof(T)> bytes;
    read(bytes.data(), sizeof(T), item);
    if (big_endian) std::reverse(bytes.begin(), bytes.end());
    T value;
    std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
  }

  /// A count that something of `bytes_each` bytes follows: not negative, and possible in what is left.
  int64_t count(std::string_view item, bool big_endian, int64_t bytes_each);

  at::Tensor numbers(const std::vector<int64_t>& shape, NumberCode code, std::string_view item);

  Error wrong(std::string_view item, std::string_view expected, std::string_view found, std::string fix = {}) const {
    return wrong_file(path_, item, expected, found, std::move(fix));
  }

 private:
  std::string path_;
  gzFile_s* file_ = nullptr;
  bool compressed_ = false;
  uint64_t size_ = 0, position_ = 0;
};

}  // namespace bgraph::io

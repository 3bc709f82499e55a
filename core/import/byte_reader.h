// The bytes of a pickle in order. Every length is checked against what is left before anything is done with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace bgraph::import {

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes)
      : bytes_(reinterpret_cast<const char*>(bytes.data()), bytes.size()) {}

  size_t at() const { return at_; }
  std::string_view take(uint64_t count);  // Error if fewer are left
  uint64_t unsigned_le(int width);        // little-endian, of at most 8 bytes
  std::string_view counted(int width) { return take(unsigned_le(width)); }  // as many as a number of this width says
  std::string_view line();                // up to the next line feed, which is passed over. Error if there is none

 private:
  std::string_view bytes_;
  size_t at_ = 0;
};

}  // namespace bgraph::import

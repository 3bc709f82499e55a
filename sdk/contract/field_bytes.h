// How fields become bytes before they are hashed: tag, type, length, value, so that no two different lists of fields are the
// same bytes. Lengths and integers are 64-bit little endian; types are 's' text, 'i' integer, 'd' digest, 'b' bytes.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace bgraph {

inline constexpr size_t kNumberBytes = 8;

/// Little endian; to the end of what was written.
inline char* write_number(char* to, uint64_t value) {
  if constexpr (std::endian::native == std::endian::big) value = __builtin_bswap64(value);
  std::memcpy(to, &value, kNumberBytes);
  return to + kNumberBytes;
}

/// All of a field but its value of so many bytes, which comes next.
inline void append_field_head(std::string& bytes, std::string_view tag, char type, uint64_t size) {
  const size_t before = bytes.size();
  bytes.resize(before + kNumberBytes + tag.size() + 1 + kNumberBytes);
  char* to = write_number(bytes.data() + before, tag.size());
  to = std::copy(tag.begin(), tag.end(), to);
  *to++ = type;
  write_number(to, size);
}

inline void append_field(std::string& bytes, std::string_view tag, std::string_view text) {
  append_field_head(bytes, tag, 's', text.size());
  bytes.append(text);
}

inline void append_field(std::string& bytes, std::string_view tag, int64_t integer) {
  append_field_head(bytes, tag, 'i', kNumberBytes);
  char number[kNumberBytes];
  write_number(number, static_cast<uint64_t>(integer));
  bytes.append(number, kNumberBytes);
}

}  // namespace bgraph

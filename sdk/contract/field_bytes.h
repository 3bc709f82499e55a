// How fields become bytes before they are hashed: tag, type, length, value, so that no two different lists of fields are the
// same bytes. Lengths and integers are 64-bit little endian; types are 's' text, 'i' integer, 'd' digest, 'b' bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bgraph {

inline void append_little_endian(std::string& bytes, uint64_t value) {
  char digits[8];
  for (char& digit : digits) digit = static_cast<char>(value & 255), value >>= 8;
  bytes.append(digits, sizeof digits);
}

/// All of a field but its value of so many bytes, which comes next.
inline void append_field_head(std::string& bytes, std::string_view tag, char type, uint64_t size) {
  append_little_endian(bytes, tag.size());
  bytes.append(tag).append(1, type);
  append_little_endian(bytes, size);
}

inline void append_field(std::string& bytes, std::string_view tag, std::string_view text) {
  append_field_head(bytes, tag, 's', text.size());
  bytes.append(text);
}

inline void append_field(std::string& bytes, std::string_view tag, int64_t integer) {
  append_field_head(bytes, tag, 'i', 8);
  append_little_endian(bytes, static_cast<uint64_t>(integer));
}

}  // namespace bgraph

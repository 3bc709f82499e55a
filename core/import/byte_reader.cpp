#include <bgraph/core/import/byte_reader.h>

#include <bgraph/sdk/contract/error.h>

#include <string>

namespace bgraph::import {

std::string_view ByteReader::take(uint64_t count) {
  if (count > bytes_.size() - at_)
    throw Error("it ends where " + std::to_string(count) + " more bytes are expected and " +
                std::to_string(bytes_.size() - at_) + " are left");
  const std::string_view taken = bytes_.substr(at_, count);
  at_ += count;
  return taken;
}

uint64_t ByteReader::unsigned_le(int width) {
  uint64_t value = 0;
  const std::string_view raw = take(static_cast<uint64_t>(width));
  for (int i = width - 1; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(raw[static_cast<size_t>(i)]);
  return value;
}

std::string_view ByteReader::line() {
  const size_t end = bytes_.find('\n', at_);
  if (end == std::string_view::npos) throw Error("it ends inside a line");
  const std::string_view line = bytes_.substr(at_, end - at_);
  at_ = end + 1;
  return line;
}

}  // namespace bgraph::import

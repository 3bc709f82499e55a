#include "tar.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

namespace bgraph::io {

namespace {

constexpr size_t kBlock = 512;
constexpr uint64_t kLongestRecord = 1 << 20;  // bytes of a long name, or of PAX records

uint64_t padded(uint64_t size) { return (size + kBlock - 1) / kBlock * kBlock; }

}  // namespace

bool TarFile::next() {
  pass_rest();
  std::string long_name, long_size;
  for (;;) {
    if (in_.at_end()) throw wrong("end of the archive", "a block of zeros", "missing; the archive is cut off");
    in_.read(header_.data(), kBlock, "header of an entry");
    if (std::all_of(header_.begin(), header_.end(), [](char c) { return c == 0; })) return false;
    check_sum();
    const char kind = header_[156];
    const std::string prefix = text(257, 5) == "ustar" && kind != 'L' ? text(345, 155) : "";
    name_ = !long_name.empty() ? long_name : prefix.empty() ? text(0, 100) : prefix + "/" + text(0, 100);
    size_ = number(124, 12);
    if (kind == 'L' || kind == 'K' || kind == 'x' || kind == 'g') {
      left_ = padded(size_);
      const auto bytes = content(kLongestRecord);
      const std::string_view record(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      if (kind == 'L') long_name = record.substr(0, record.find('\0'));
      if (kind == 'x') read_records(record, long_name, long_size);
      pass_rest();
      continue;
    }
    if (!long_size.empty()) {
      const auto [end, problem] = std::from_chars(long_size.data(), long_size.data() + long_size.size(), size_);
      if (problem != std::errc() || end != long_size.data() + long_size.size()) throw wrong("PAX size of '" + printable(name_) + "'", "a number", "'" + printable(long_size) + "'");
    }
    if (size_ > in_.most_left())
      throw wrong("'" + printable(name_) + "'", "at most " + std::to_string(in_.most_left()) + " bytes long", std::to_string(size_) + "; the archive is cut off");
    left_ = padded(size_);
    check_name();
    if (kind == '1' || kind == '2' || kind == '3' || kind == '4' || kind == '6')
      throw wrong("'" + printable(name_) + "'", "a file or a folder", kind <= '2' ? "a link" : "a device");
    if (kind == '0' || kind == 0 || kind == '7') return true;
    pass_rest();
    long_name.clear(), long_size.clear();
  }
}

std::vector<uint8_t> TarFile::content(uint64_t most) {
  if (size_ > most) throw wrong("'" + printable(name_) + "'", "at most " + std::to_string(most) + " bytes long", std::to_string(size_));
  std::vector<uint8_t> bytes(size_);
  in_.read(bytes.data(), bytes.size(), "content of '" + printable(name_) + "'");
  left_ -= size_;
  return bytes;
}

void TarFile::pass_rest() {
  if (left_ > in_.most_left()) throw wrong("rest of '" + printable(name_) + "'", std::to_string(left_) + " bytes long", "cut off after " + std::to_string(in_.most_left()));
  in_.skip(left_, "rest of '" + printable(name_) + "'");
  left_ = 0;
}

/// The header's sum, with its own field counted as spaces.
void TarFile::check_sum() const {
  uint64_t sum = 8 * ' ';
  for (size_t i = 0; i < kBlock; ++i)
    if (i < 148 || i >= 156) sum += static_cast<uint8_t>(header_[i]);
  if (sum != number(148, 8)) throw in_.wrong("file", "a tar archive, plain or .gz", "none, or damaged: a header whose sum does not fit");
}

void TarFile::check_name() const {
  const std::filesystem::path path(name_);
  const bool outside = path.is_absolute() || std::any_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; });
  if (outside || name_.empty()) throw wrong("name '" + printable(name_) + "'", "a path inside the archive", name_.empty() ? "empty" : "one that leads out of it");
}

std::string TarFile::text(size_t at, size_t length) const {
  const std::string field(&header_[at], length);
  return field.substr(0, field.find('\0'));
}

/// Octal digits, or base 256 behind a first bit.
uint64_t TarFile::number(size_t at, size_t length) const {
  uint64_t value = 0;
  if (static_cast<uint8_t>(header_[at]) & 0x80) {
    for (size_t i = 1; i < length; ++i) {
      if (value >> 56) throw wrong("a number of the header", "below 2^64", "larger");
      value = value << 8 | static_cast<uint8_t>(header_[at + i]);
    }
    return value;
  }
  for (const char digit : text(at, length))
    if (digit >= '0' && digit <= '7') value = value * 8 + static_cast<uint64_t>(digit - '0');
  return value;
}

/// "30 path=a/long/name\n12 size=34\n": length of the record, key, value.
void TarFile::read_records(std::string_view records, std::string& name, std::string& size) const {
  while (!records.empty()) {
    size_t length = 0;
    const auto [end, problem] = std::from_chars(records.data(), records.data() + records.size(), length);
    const auto digits = static_cast<size_t>(end - records.data());
    const size_t equals = records.find('=');
    if (problem != std::errc() || length > records.size() || equals == std::string_view::npos || equals + 1 >= length || records[digits] != ' ')
      throw wrong("PAX records", "LENGTH KEY=VALUE", "'" + printable(records.substr(0, 40)) + "'");
    const std::string_view key = records.substr(digits + 1, equals - digits - 1), value = records.substr(equals + 1, length - equals - 2);
    if (key == "path") name = value;
    if (key == "size") size = value;
    records.remove_prefix(length);
  }
}

}  // namespace bgraph::io

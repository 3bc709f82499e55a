// Tar archives, plain or gzip, read from front to back: one regular file after the other, nothing unpacked.
//
//   TarFile archive("0.tar");
//   while (archive.next()) use(archive.name(), archive.content(1 << 20));
//
// ustar with its prefix, long GNU names, PAX paths and sizes, sizes in base 256. Folders are passed over. Refused: names that are
// absolute or hold "..", links, devices, a header whose sum does not fit, an archive without its closing block of zeros.
// Source: POSIX.1 pax, ustar interchange format; GNU tar manual, basic tar format.
#pragma once

#include "file_stream.h"

#include <array>
#include <string>
#include <vector>

namespace bgraph::io {

class TarFile {
 public:
  explicit TarFile(const std::string& path) : in_(path) {}

  /// Moves to the next regular file; false at the end of the archive.
  bool next();

  const std::string& name() const { return name_; }
  uint64_t size() const { return size_; }

  /// The file's bytes, once. Error if it has more than `most`.
  std::vector<uint8_t> content(uint64_t most);

 private:
  void pass_rest();
  void check_sum() const;
  void check_name() const;
  std::string text(size_t at, size_t length) const;
  uint64_t number(size_t at, size_t length) const;
  void read_records(std::string_view records, std::string& name, std::string& size) const;
  Error wrong(const std::string& item, const std::string& expected, const std::string& found) const { return in_.wrong(item, expected, found); }

  FileStream in_;
  std::array<char, 512> header_{};
  std::string name_;
  uint64_t size_ = 0;  // of the file's content
  uint64_t left_ = 0;  // of it, padding included, that nobody has read
};

}  // namespace bgraph::io

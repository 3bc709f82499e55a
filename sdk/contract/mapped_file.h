// A file mapped for reading. Private: what is written to the memory never reaches the file.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace bgraph {

class MappedFile {
 public:
  /// Error naming the file if it is missing, no regular file, or cannot be mapped.
  explicit MappedFile(const std::filesystem::path& file);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<std::byte> bytes() const { return {data_, size_}; }

 private:
  std::byte* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace bgraph

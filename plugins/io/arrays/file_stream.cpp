#include <bgraph/sdk/contract/mapped_file.h>
#include "file_stream.h"

#include <zlib.h>

#include <ATen/ops/empty.h>

namespace bgraph::io {

namespace {

constexpr uint64_t kDeflateRatio = 1032;

}  // namespace

FileStream::FileStream(const std::string& path) : path_(path) {
  const MappedFile whole(path);  // says what is wrong with a file that is missing or no file
  const auto bytes = whole.bytes();
  size_ = bytes.size();
  if (size_ == 0) throw wrong("file", "", "empty", "fetch it again");
  compressed_ = size_ > 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
  file_ = gzopen(path.c_str(), "rb");  // reads plain files as they are
  if (!file_) throw wrong("file", "readable", "not");
  gzbuffer(file_, 1 << 18);
}

FileStream::~FileStream() {
  if (file_) gzclose(file_);
}

uint64_t FileStream::most_left() const {
  if (!compressed_) return size_ - std::min(size_, position_);
  const uint64_t most = size_ * kDeflateRatio;
  return most - std::min(most, position_);
}

void FileStream::read(void* out, size_t count, std::string_view item) {
  auto* target = static_cast<char*>(out);
  for (size_t left = count; left > 0;) {
    const int got = gzread(file_, target, static_cast<unsigned>(std::min<size_t>(left, 1 << 30)));
    if (got <= 0) {
      int code = 0;
      const std::string why = gzerror(file_, &code);
      const bool damaged = got < 0 && code != Z_BUF_ERROR;
      throw wrong(item, std::to_string(count) + " bytes from byte " + std::to_string(position_),
                  damaged ? "damaged (" + why + ")" : "cut off after " + std::to_string(count - left),
                  "the file is not complete; fetch it again");
    }
    target += got, left -= static_cast<size_t>(got);
  }
  position_ += count;
}

void FileStream::skip(uint64_t count, std::string_view item) {
  std::array<char, 4096> waste;
  if (count > most_left()) throw wrong(item, "at most " + std::to_string(most_left()) + " bytes", std::to_string(count));
  for (; count > 0; count -= std::min<uint64_t>(count, waste.size()))
    read(waste.data(), std::min<uint64_t>(count, waste.size()), item);
}

void FileStream::move_to(uint64_t position, std::string_view item) {
  if (position < position_)
    throw wrong(item, "at byte " + std::to_string(position_) + " or later", "at byte " + std::to_string(position));
  skip(position - position_, item);
}

std::string FileStream::text(size_t count, std::string_view item) {
  if (count > most_left()) throw wrong(item, "at most " + std::to_string(most_left()) + " bytes", std::to_string(count));
  std::string text(count, '\0');
  read(text.data(), count, item);
  return text;
}

std::string FileStream::line(size_t longest, std::string_view item) {
  std::string line;
  for (char letter = 0; line.size() <= longest;) {
    if (at_end()) return line;
    read(&letter, 1, item);
    if (letter == '\n') return line;
    line += letter;
  }
  throw wrong(item, "a line of at most " + std::to_string(longest) + " bytes", "longer");
}

bool FileStream::at_end() {
  const int letter = gzgetc(file_);
  if (letter < 0) return true;
  gzungetc(letter, file_);
  return false;
}

int64_t FileStream::count(std::string_view item, bool big_endian, int64_t bytes_each) {
  const int64_t count = number<int32_t>(item, big_endian);
  const auto most = static_cast<int64_t>(most_left() / static_cast<uint64_t>(std::max<int64_t>(1, bytes_each)));
  if (count < 0 || count > most)
    throw wrong(item, "0 to " + std::to_string(most) + " (what the rest of the file can hold)", std::to_string(count));
  return count;
}

at::Tensor FileStream::numbers(const std::vector<int64_t>& shape, NumberCode code, std::string_view item) {
  const auto bytes = static_cast<uint64_t>(element_count(shape, path_, item)) * static_cast<uint64_t>(code.bytes);
  if (bytes > most_left())
    throw wrong(item, shape_text(shape) + " of " + code.text() + ", " + std::to_string(bytes) + " bytes",
                "at most " + std::to_string(most_left()) + " bytes long", "the file is not complete; fetch it again");
  std::vector<std::byte> raw(bytes);
  read(raw.data(), raw.size(), item);
  return decoded(raw, shape, code);
}

}  // namespace bgraph::io

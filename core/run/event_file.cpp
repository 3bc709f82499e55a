#include <bgraph/core/run/event_file.h>

#include <bgraph/core/store/durable.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <ctime>

namespace bgraph::run {

namespace fs = std::filesystem;

namespace {

constexpr double kFlush_s = 2;

std::string little_endian(uint64_t value, int bytes) {
  std::string text;
  for (int byte = 0; byte < bytes; ++byte) text += static_cast<char>((value >> (8 * byte)) & 255);
  return text;
}

std::string varint(uint64_t value) {
  std::string text;
  for (; value >= 128; value >>= 7) text += static_cast<char>((value & 127) | 128);
  return text + static_cast<char>(value);
}

enum WireType { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

std::string key(uint64_t field, WireType type) { return varint(field << 3 | type); }

std::string of_bytes(uint64_t field, std::string_view bytes) {
  return key(field, kBytes) + varint(bytes.size()) + std::string(bytes);
}

std::string of_double(uint64_t field, double value) {
  return key(field, kFixed64) + little_endian(std::bit_cast<uint64_t>(value), 8);
}

uint32_t masked(uint32_t crc) { return std::rotr(crc, 15) + 0xA282EAD8u; }

fs::path file_in(const fs::path& folder) {
  char host[256] = "host";
  ::gethostname(host, sizeof host - 1);
  store::make_folder(folder);
  return folder / ("events.out.tfevents." + std::to_string(std::time(nullptr)) + "." + host + "." +
                   std::to_string(::getpid()) + ".0");
}

}  // namespace

uint32_t crc32c(std::string_view bytes) {
  static const auto table = [] {
    std::array<uint32_t, 256> table{};
    for (uint32_t byte = 0; byte < 256; ++byte) {
      uint32_t rest = byte;
      for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ (rest & 1 ? 0x82F63B78u : 0u);  // Castagnoli, reflected
      table[byte] = rest;
    }
    return table;
  }();
  uint32_t crc = ~0u;
  for (const char byte : bytes) crc = (crc >> 8) ^ table[(crc ^ static_cast<uint8_t>(byte)) & 255];
  return ~crc;
}

std::string record_of(std::string_view payload) {
  const std::string length = little_endian(payload.size(), 8);
  return length + little_endian(masked(crc32c(length)), 4) + std::string(payload) +
         little_endian(masked(crc32c(payload)), 4);
}

std::string version_payload(double wall_time) { return of_double(1, wall_time) + of_bytes(3, "brain.Event:2"); }

std::string scalar_payload(const std::string& tag, int64_t step, float value, double wall_time) {
  const std::string point = of_bytes(1, tag) + key(2, kFixed32) + little_endian(std::bit_cast<uint32_t>(value), 4);
  return of_double(1, wall_time) + key(2, kVarint) + varint(static_cast<uint64_t>(step)) +
         of_bytes(5, of_bytes(1, point));
}

EventFile::EventFile(const fs::path& folder) {
  const fs::path file = file_in(folder);
  out_.open(file, std::ios::binary);
  if (!out_) store::fail_writing(file, errno);
  out_ << record_of(version_payload(static_cast<double>(std::time(nullptr)))) << std::flush;
}

void EventFile::scalar(const std::string& tag, int64_t step, double value, double wall_time) {
  out_ << record_of(scalar_payload(tag, step, static_cast<float>(value), wall_time));
  if (wall_time - flushed_at_ < kFlush_s) return;
  out_.flush();
  flushed_at_ = wall_time;
}

}  // namespace bgraph::run

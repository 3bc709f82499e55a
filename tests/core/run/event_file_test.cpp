// Event files against a second reader written from the format alone, and against reference bytes.
#include "run_fixture.h"

#include <bgraph/core/run/event_file.h>
#include <bgraph/core/store/durable.h>
#include <bgraph/sdk/testing/catch.h>

#include <cmath>
#include <cstring>

using namespace bgraph;
using namespace bgraph::run;

namespace {

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    text += "0123456789abcdef"[(byte >> 4) & 15];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

/// CRC-32C bit by bit, as the polynomial is defined.
uint32_t slow_crc32c(std::string_view bytes) {
  uint32_t crc = 0xFFFFFFFF;
  for (const char byte : bytes)
    for (int bit = 0; bit < 8; ++bit) {
      const uint32_t mixed = (crc ^ (static_cast<uint32_t>(static_cast<uint8_t>(byte)) >> bit)) & 1;
      crc = (crc >> 1) ^ (mixed ? 0x82F63B78 : 0);
    }
  return crc ^ 0xFFFFFFFF;
}

uint32_t slow_masked(std::string_view bytes) {
  const uint32_t crc = slow_crc32c(bytes);
  return ((crc >> 15) | (crc << 17)) + 0xA282EAD8;
}

struct Point {
  std::string tag;
  uint64_t step = 0;
  float value = 0;
  bool operator==(const Point&) const = default;
};

/// Reads a message field by field.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : rest_(bytes) {}
  bool next(uint64_t& field) {
    if (rest_.empty()) return false;
    const uint64_t key = varint();
    field = key >> 3;
    switch (key & 7) {
      case 0: number = varint(); break;
      case 1: bytes = take(8); break;
      case 2: bytes = take(varint()); break;
      case 5: bytes = take(4); break;
      default: FAIL("wire type " << (key & 7));
    }
    return true;
  }
  uint64_t number = 0;
  std::string_view bytes;

 private:
  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<uint8_t>(take(1)[0]);
      value |= uint64_t{byte & 127u} << shift;
      if (byte < 128) return value;
    }
  }
  std::string_view take(size_t count) {
    REQUIRE(count <= rest_.size());
    const auto taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::string_view rest_;
};

Point point_in(std::string_view event) {
  Point point;
  uint64_t field = 0;
  for (Fields top(event); top.next(field);) {
    if (field == 2) point.step = top.number;
    if (field != 5) continue;
    for (Fields summary(top.bytes); summary.next(field);)
      for (Fields value(summary.bytes); value.next(field);) {
        if (field == 1) point.tag = value.bytes;
        if (field == 2) std::memcpy(&point.value, value.bytes.data(), 4);
      }
  }
  return point;
}

/// Every record of a file, its two checksums checked; the first must name the version.
std::vector<Point> read_events(const std::filesystem::path& file) {
  const std::string bytes = store::read_text(file);
  std::vector<Point> points;
  for (size_t at = 0; at < bytes.size();) {
    uint64_t length = 0;
    uint32_t of_length = 0, of_payload = 0;
    REQUIRE(at + 12 <= bytes.size());
    std::memcpy(&length, &bytes[at], 8);
    std::memcpy(&of_length, &bytes[at + 8], 4);
    REQUIRE(at + 16 + length <= bytes.size());
    const std::string payload = bytes.substr(at + 12, length);
    std::memcpy(&of_payload, &bytes[at + 12 + length], 4);
    REQUIRE(of_length == slow_masked(bytes.substr(at, 8)));
    REQUIRE(of_payload == slow_masked(payload));
    if (at == 0)
      REQUIRE(payload.find("brain.Event:2") != std::string::npos);
    else
      points.push_back(point_in(payload));
    at += 16 + length;
  }
  return points;
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none)) files.push_back(entry.path());
  return files;
}

}  // namespace

TEST_CASE("records are byte for byte those of the reference writer", "[run][event_file]") {
  CHECK(crc32c("123456789") == 0xE3069283);  // the check value every CRC-32C is published with
  CHECK(slow_crc32c("123456789") == 0xE3069283);
  CHECK(hex(record_of(version_payload(0))) ==
        "1800000000000000a37f4b220900000000000000001a0d627261696e2e4576656e743a32eedf28a3");
  CHECK(hex(record_of(scalar_payload("loss", 3, 0.5f, 1))) ==
        "1a00000000000000129bd82d09000000000000f03f10032a0d0a0b0a046c6f7373150000003f7fb84377");
}

TEST_CASE("a file holds every point, long tags and large steps included", "[run][event_file]") {
  const Scratch scratch;
  const std::string long_tag(300, 't');
  {
    EventFile file(scratch.path);
    file.scalar("a/loss", 0, 0.25, 10);
    file.scalar(long_tag, int64_t{1} << 40, -3, 10.5);
    file.scalar("a/loss", 1, std::nan(""), 11);
  }
  const auto files = files_in(scratch.path);
  REQUIRE(files.size() == 1);
  CHECK(files[0].filename().string().rfind("events.out.tfevents.", 0) == 0);
  const auto points = read_events(files[0]);
  REQUIRE(points.size() == 3);
  CHECK(points[0] == Point{"a/loss", 0, 0.25f});
  CHECK(points[1] == Point{long_tag, uint64_t{1} << 40, -3});
  CHECK(std::isnan(points[2].value));
}

TEST_CASE("every metric of a run is in its event file", "[run][event_file]") {
  World world;
  world.run(graph_of({node("a", "test.make"), node("b", "test.join", {{"text", "t"}}, {"a"})}));
  const auto files = files_in(world.options.runs / "run" / "tensorboard");
  REQUIRE(files.size() == 1);
  CHECK(read_events(files[0]) == std::vector<Point>{{"a/loss", 1, 0.5f}, {"b/loss", 1, 0.5f}});
}

// TensorBoard event files, written without TensorBoard: scalars only.
//
//   record   uint64 length | uint32 masked crc32c(length) | payload | uint32 masked crc32c(payload)   little endian
//   mask(c)  rotate c right by 15, add 0xA282EAD8
//   payload  protobuf Event: 1 wall_time double, 2 step int64, 3 file_version text, 5 summary {1 value {1 tag, 2 float}}
//
// The first record carries file_version "brain.Event:2". Never appended to after a kill: a new run writes a new file.
//
// Source: TensorFlow's record_writer and event.proto, as TensorBoard reads them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace bgraph::run {

class EventFile {
 public:
  /// events.out.tfevents.<seconds>.<host>.<pid>.0 in `folder`. Error if it cannot be written.
  explicit EventFile(const std::filesystem::path& folder);

  /// `wall_time` in Unix seconds. Flushed at least every two seconds of wall time.
  void scalar(const std::string& tag, int64_t step, double value, double wall_time);

 private:
  std::ofstream out_;
  double flushed_at_ = 0;
};

/// The bytes of one record; of the header that begins a file; of one scalar.
std::string record_of(std::string_view payload);
std::string version_payload(double wall_time);
std::string scalar_payload(const std::string& tag, int64_t step, float value, double wall_time);

uint32_t crc32c(std::string_view bytes);

}  // namespace bgraph::run

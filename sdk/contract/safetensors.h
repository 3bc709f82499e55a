// safetensors headers: the container of every tensor in the store, read with all its safety rules.
//
//   u64 LE header length N | N bytes of JSON | buffer
//
// Rules and their numbers: the format's reference implementation (header <= 100 MB, no duplicate keys,
// offsets in order without gap or overlap, products checked, no trailing bytes).
#pragma once

#include <bgraph/sdk/contract/manifest.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bgraph {

struct SafetensorsEntry {
  std::string name;
  std::string dtype;           // "F32", "I64", "U8", ...
  std::vector<int64_t> shape;  // [] is a scalar
  uint64_t begin = 0, end = 0;  // byte offsets in the file
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  // in file order
  std::map<std::string, std::string> metadata;
};

/// Parses and checks the header of a whole file given as bytes. `name` is used in errors only.
SafetensorsHeader parse_safetensors(std::span<const std::byte> file, const std::string& name);

/// The bytes before the buffer for tensors stored in this order; fills in begin and end.
/// Tensors are placed widest dtype first, then by name, so that each is naturally aligned.
std::string safetensors_prefix(std::vector<SafetensorsEntry>& entries,
                               const std::map<std::string, std::string>& metadata);

/// Bits per element, 0 for an unknown dtype.
int dtype_bits(std::string_view dtype);

}  // namespace bgraph

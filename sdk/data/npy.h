// .npy: one array of numbers, as NumPy writes it.
//
//   93 'NUMPY' major minor | header length (u16 or u32 LE) | {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), } | data
//
// Read: versions 1 to 3; booleans, integers and floating-point numbers in little-endian, C or Fortran order. The header
// is parsed by its grammar, and the data must be exactly as long as it says. Refused by name: objects (their data is a
// pickle), text, records, complex and big-endian numbers. Written: version 1, C order; bfloat16, which NumPy lacks, as
// float32.
//
// Source: NumPy's documentation of numpy.lib.format.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace bgraph {

struct NpyHeader {
  std::string descr;  // "<f4"
  bool fortran_order = false;
  std::vector<int64_t> shape;
  uint64_t data = 0;  // byte where the numbers begin
};

/// Parses and checks the header against the size of the file. `name` is used in errors only.
NpyHeader parse_npy(std::span<const std::byte> file, const std::string& name);

at::Tensor read_npy(const std::filesystem::path& file);
void write_npy(const std::filesystem::path& file, const at::Tensor& tensor);

}  // namespace bgraph

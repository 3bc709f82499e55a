// How numbers are coded in a foreign file, spelt as NumPy does: "<f4", ">i2", "|u1", "|b1".
//
// Types that a tensor lacks become the next wider one: u2 -> int32, u4 -> int64, u8 -> int64 (refused beyond 2^63 - 1).
#pragma once

#include <bgraph/sdk/contract/mapped_file.h>
#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bgraph {

struct NumberCode {
  char kind = 'f';  // f floating, i signed, u unsigned, b truth value
  int bytes = 4;
  bool big_endian = false;

  std::string text() const;
  bool operator==(const NumberCode&) const = default;
};

/// From "<f4" and the like; anything else (objects, text, records, complex) is an Error that says what it was.
NumberCode number_code(std::string_view text);

/// Type of the tensor such numbers become.
at::ScalarType tensor_type(NumberCode code);

/// Copies coded numbers into a tensor. `data` holds exactly product(shape) * bytes.
at::Tensor decoded(std::span<const std::byte> data, std::vector<int64_t> shape, NumberCode code);

/// The numbers at `offset` of a mapped file: without a copy where the machine can read them as they lie.
/// The caller has checked that they end inside the file.
at::Tensor mapped_numbers(const std::shared_ptr<MappedFile>& file, size_t offset, std::vector<int64_t> shape,
                          NumberCode code);

/// out[i] = scale * number at data[index[i]]: a row's wanted columns as float32.
void gather_floats(const std::byte* data, std::span<const int64_t> index, NumberCode code, double scale, float* out);

}  // namespace bgraph

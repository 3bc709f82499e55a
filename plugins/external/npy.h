// .npy files: what NumPy's save() and load() speak, for arrays of plain numbers.
//
//   \x93NUMPY, version 1.0, header length, header {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}, data
//
// Half precision and bfloat16: written as float32 (NumPy has no bfloat16). Read: little-endian numbers and booleans in
// C or Fortran order; versions 1 to 3. Python objects are refused: nothing of a file is ever executed.
//
// Source: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays".
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>

namespace bgraph::external {

void write_npy(const std::filesystem::path& file, const at::Tensor& tensor);

/// Error naming the file: no .npy file, a dtype that is no plain number, fewer bytes than its shape needs.
at::Tensor read_npy(const std::filesystem::path& file);

}  // namespace bgraph::external

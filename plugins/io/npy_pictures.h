// A .npy file of pictures: uint8 or little-endian floating-point numbers in row-major order, nothing else.
//
//   93 "NUMPY" major minor | header length, u16 (version 1) or u32 LE | {'descr': '<f4', 'fortran_order': False, 'shape': (9, 3, 8, 8), }
//
// Objects (pickles) and every other type are refused by name; a file that is longer or shorter than its header says is
// refused before memory is taken for it. Source: NumPy, numpy.lib.format.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>

namespace bgraph::io {

at::Tensor read_npy_pictures(const std::filesystem::path& file);

}  // namespace bgraph::io

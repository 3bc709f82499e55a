// NumPy's .npy: a header in Python's own notation, then the numbers. Mapped, not read; written in version 1, rows first.
//
//   93 "NUMPY" major minor | header length u16 (v1) or u32 (v2, v3) LE | {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
//
// The header is parsed by its own small grammar. Arrays of objects are pickles, that is programs: refused. Text, records and
// complex numbers are refused by name. bfloat16, which NumPy lacks, is written as float32. Source: NumPy, numpy.lib.format.
#pragma once

#include <ATen/core/Tensor.h>
#include <bgraph/sdk/data/array_ref.h>

#include <filesystem>
#include <span>
#include <string>

namespace bgraph {

struct NpyHeader {
  NumberCode code;
  bool columns_first = false;  // fortran_order
  std::vector<int64_t> shape;
  size_t data = 0;  // where the numbers begin

  size_t data_bytes() const;
};

/// Parses the first bytes of an array; `name` is used in messages. Does not look beyond the header.
NpyHeader npy_header(std::span<const std::byte> bytes, const std::string& name);

/// The header of a whole file. Error unless the bytes after it are exactly those it speaks of.
NpyHeader whole_npy_header(std::span<const std::byte> file, const std::string& name);

/// The array. Error unless the file is exactly as long as its header says.
at::Tensor read_npy(const std::string& path);

/// A reference to it, without its digest; columns-first matrices cannot be read by rows and are refused.
ArrayRef npy_reference(const std::string& path);

/// Error if the numbers have no .npy form, or the file cannot be written.
void write_npy(const std::filesystem::path& file, const at::Tensor& tensor);

}  // namespace bgraph

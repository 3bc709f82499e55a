// MATLAB files: numeric arrays by name, as MATLAB shows them. v5 to v7 through matio, v7.3 (which is HDF5) by ourselves.
//
// v7.3 keeps an array of size (a, b) as an HDF5 dataset of [b, a]: read reversed, it is turned round; what a cell holds stands
// elsewhere, under names that cell() gives. Structures are refused by name, in older files cells and characters too.
#pragma once

#include <ATen/core/Tensor.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/data/hdf5_file.h>

#include <memory>
#include <string>
#include <vector>

namespace bgraph::io {

class MatFile {
 public:
  /// Error if the file is missing, truncated or neither.
  explicit MatFile(const std::string& path);
  ~MatFile();

  /// The array with MATLAB's own axes (rows first) in C order; float64 for floating types, int64 for integers.
  /// Error naming the file and its arrays if there is none of that name or it is not numeric.
  at::Tensor array(const std::string& name) const;

  /// The same, with the number of rows and columns it must have (-1 = any).
  at::Tensor matrix(const std::string& name, int64_t rows, int64_t columns) const;

  bool holds(const std::string& name) const;

  /// What a cell of a v7.3 file holds: names that array() and text() take.
  std::vector<std::string> cell(const std::string& name) const;
  /// Characters of a v7.3 file, ASCII.
  std::string text(const std::string& name) const;

 private:
  Error missing(const std::string& name) const;
  std::vector<std::string> names() const;
  std::string path_;
  struct Handle;
  std::unique_ptr<Handle> handle_;   // v5 to v7
  std::unique_ptr<Hdf5File> hdf5_;   // v7.3
};

}  // namespace bgraph::io

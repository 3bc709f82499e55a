// Reading MATLAB v5/v7 files (matio): numeric arrays by name, as MATLAB shows them.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

namespace bgraph::io {

class MatFile {
 public:
  /// Error if the file is missing, truncated or no MATLAB v5 file.
  explicit MatFile(const std::string& path);
  ~MatFile();

  /// The array with MATLAB's own axes (rows first) in C order; float64 for floating types, int64 for integers.
  /// Error naming the file and its arrays if there is none of that name or it is not numeric.
  at::Tensor array(const std::string& name) const;

  /// The same, with the number of rows and columns it must have (-1 = any).
  at::Tensor matrix(const std::string& name, int64_t rows, int64_t columns) const;

 private:
  std::vector<std::string> names() const;
  std::string path_;
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

}  // namespace bgraph::io

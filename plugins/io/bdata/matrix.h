// Kamitani lab's BData: one matrix [samples, columns] and a table that says what each column is.
//
//   /dataset (older files /dataSet)                 [samples, columns]
//   /metadata/key, value (older /metaData/...)      keys; [keys, columns], NaN = not said
//
// Headers of the file hold source code and are never looked at. Source: bdpy.
#pragma once

#include <ATen/core/Tensor.h>
#include <bgraph/sdk/data/hdf5_file.h>

#include <string>
#include <vector>

namespace bgraph::io {

class BData {
 public:
  /// Error naming file and item for what is no BData.
  explicit BData(const std::string& path);

  const std::string& path() const { return path_; }
  const std::vector<std::string>& keys() const { return keys_; }
  bool has(const std::string& key) const;

  /// What the table says of every column.   [columns] double
  at::Tensor row(const std::string& key) const;

  /// The single column that a key names.   [samples] double
  at::Tensor variable(const std::string& key) const;

  const at::Tensor& data() const { return data_; }  // [samples, columns]

 private:
  std::string path_;
  Hdf5File file_;
  at::Tensor data_, values_;
  std::vector<std::string> keys_;
};

}  // namespace bgraph::io

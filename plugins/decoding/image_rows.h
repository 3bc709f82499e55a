// Which row of a set of images, or of their features, belongs to an image id.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <unordered_map>

namespace bgraph::decoding {

class ImageRows {
 public:
  /// ids [N]; `port` names them in errors. Error if an image stands twice.
  ImageRows(const at::Tensor& ids, std::string port);

  /// Error naming the image and who saw it, if it is not there.
  int64_t row_of(int64_t id, const std::string& subject) const;
  /// The rows of all these ids [M], seen by one subject.
  at::Tensor rows_of(const at::Tensor& ids, const std::string& subject) const;

 private:
  std::string port_;
  std::unordered_map<int64_t, int64_t> rows_;
};

}  // namespace bgraph::decoding

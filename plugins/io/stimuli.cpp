#include "stimuli.h"

#include <bgraph/sdk/data/wrong_file.h>

#include <algorithm>

namespace bgraph::io {

Stimuli::Stimuli(const std::string& path, const std::string& dataset) : path_(path), data_(Hdf5File(path).dataset(dataset)) {
  const auto& shape = data_.shape();
  planes_last_ = shape.size() == 4 && shape[3] == 3;
  if (!planes_last_ && !(shape.size() == 4 && shape[1] == 3)) throw wrong_file(path, "dataset '" + dataset + "'", "[N, H, W, 3] or [N, 3, H, W]", shape_text(shape));
}

at::Tensor Stimuli::pictures(std::span<const int64_t> number) const {
  at::Tensor pixels = data_.rows(number);
  if (planes_last_) pixels = pixels.permute({0, 3, 1, 2});
  return at::isFloatingType(pixels.scalar_type()) ? pixels.to(at::kFloat).mul(255.0).round().clamp(0, 255).to(at::kByte) : pixels;
}

at::Tensor central_squares(const at::Tensor& pictures, Resize to) {
  const int64_t height = pictures.size(2), width = pictures.size(3), side = std::min(height, width);
  return resized(pictures.narrow(2, (height - side) / 2, side).narrow(3, (width - side) / 2, side), to);
}

}  // namespace bgraph::io

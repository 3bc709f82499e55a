#include "image_prior.h"

#include <ATen/ops/linalg_svd.h>
#include <ATen/ops/matmul.h>

#include <algorithm>
#include <cmath>

namespace bgraph::decoding {

at::Tensor ImagePrior::coefficients(const at::Tensor& pixels) const {
  return (pixels.to(at::kDouble) - mean).matmul(basis.t()) / scale;
}

at::Tensor ImagePrior::pixels(const at::Tensor& coefficients) const {
  return mean + (coefficients * scale).matmul(basis);
}

ImagePrior ImagePrior::leading(int64_t components) const {
  const int64_t count = std::min(components, basis.size(0));
  return {mean, basis.slice(0, 0, count), scale.slice(0, 0, count)};
}

ImagePrior fit_prior(const at::Tensor& pictures, int64_t components) {
  const at::Tensor rows = pictures.to(at::kDouble);
  const at::Tensor mean = rows.mean(0);
  const auto [left, singular, right] = at::linalg_svd(rows - mean, /*full_matrices=*/false);
  const int64_t count = std::min({components, rows.size(0) - 1, rows.size(1)});
  const double samples = std::sqrt(static_cast<double>(rows.size(0) - 1));
  return {mean, right.slice(0, 0, count).contiguous(), singular.slice(0, 0, count) / samples};
}

}  // namespace bgraph::decoding

// A Gaussian prior over images: principal components of a set of pictures.
//
//   x = mean + basis^T (scale * z),   z ~ N(0, I)
#pragma once

#include <ATen/core/Tensor.h>

namespace bgraph::decoding {

struct ImagePrior {
  at::Tensor mean;   // [P] float64, P = pixels
  at::Tensor basis;  // [C, P] orthonormal rows
  at::Tensor scale;  // [C] standard deviation along each

  at::Tensor coefficients(const at::Tensor& pixels) const;  // [N, P] -> z [N, C]
  at::Tensor pixels(const at::Tensor& coefficients) const;  // z [N, C] -> [N, P]
  ImagePrior leading(int64_t components) const;             // the first so many
};

/// From pictures [N, P]; at most `components` components, fewer when N - 1 or P is smaller.
ImagePrior fit_prior(const at::Tensor& pictures, int64_t components);

}  // namespace bgraph::decoding

// The linear-Gaussian decoder: ridge encoder, Gaussian noise, Gaussian prior, posterior mean.
//
//   y = A z + b + e,   e ~ N(0, S),   z ~ N(0, I)
//   z^ = (A^T S^-1 A + I)^-1 A^T S^-1 (y - b)
//
// A by ridge over the training trials; S from leave-one-out residuals, shrunk towards its diagonal; only the
// voxels that the encoder predicts best (leave-one-out correlation) take part.
#pragma once

#include <ATen/core/Tensor.h>

namespace bgraph::decoding {

struct LinearGaussianChoice {
  int64_t components = 30;  // of the image prior
  int64_t voxels = 400;     // best predicted ones that are used
  double penalty = 10.0;    // ridge, on coefficients of unit prior variance
  double shrinkage = 0.5;   // of the residual covariance: 0 = as measured, 1 = diagonal
};

/// Leave-one-out predictions of a ridge encoder with intercept, in closed form: e_i = r_i / (1 - h_ii).
///   z [N, C], betas [N, V]  ->  residuals [N, V]
at::Tensor leave_one_out_residuals(const at::Tensor& z, const at::Tensor& betas, double penalty);

class PosteriorMean {
 public:
  /// z [N, C] prior coefficients of the training images, betas [N, V] float64 without NaN.
  PosteriorMean(const at::Tensor& z, const at::Tensor& betas, const LinearGaussianChoice& choice);

  at::Tensor decode(const at::Tensor& betas) const;  // [M, V] -> z^ [M, C]

 private:
  at::Tensor voxels_;     // [K] int64
  at::Tensor intercept_;  // [K]
  at::Tensor gain_;       // [K, C]: z^ = (y - b) gain
};

}  // namespace bgraph::decoding

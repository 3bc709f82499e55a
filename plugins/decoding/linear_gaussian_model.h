// The likelihood of image coefficients under a linear encoder with Gaussian noise, and the posterior mean under a
// Gaussian prior.
//
//   y = A^T z + b + e,   e ~ N(0, S)        A, b and the residuals R from ridge (sdk/data/ridge.h)
//   S = diag(s c + 1e-6) + (1 - s) R^T R / N,   c = diagonal of R^T R / N,   s = shrinkage
//
// All that responses say of z is the statistic g = A S^-1 (y - b) and the precision G = A S^-1 A^T. S^-1 goes
// through the N x N matrix of the trials (Woodbury), since there are fewer trials than voxels.
#pragma once

#include <ATen/core/Tensor.h>
#include <bgraph/sdk/data/ridge.h>

namespace bgraph::decoding {

class LinearLikelihood {
 public:
  /// The `voxels` best predicted ones of the fit are used.
  LinearLikelihood(const RidgeFit& fit, int64_t voxels, double shrinkage);

  at::Tensor statistic(const at::Tensor& betas) const;       // [M, V] -> g [M, C] float64
  const at::Tensor& precision() const { return precision_; }  // G [C, C]

 private:
  at::Tensor voxels_;     // [K] int64
  at::Tensor intercept_;  // [K]
  at::Tensor whitened_;   // [K, C]: S^-1 A^T
  at::Tensor precision_;
};

/// z^ = (G + I)^-1 g: z ~ N(0, I)  ->  [M, C]
at::Tensor gaussian_posterior_mean(const at::Tensor& statistic, const at::Tensor& precision);

}  // namespace bgraph::decoding

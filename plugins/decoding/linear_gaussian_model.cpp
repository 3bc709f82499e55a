#include "linear_gaussian_model.h"

#include <ATen/ops/cholesky_solve.h>
#include <ATen/ops/diag.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_cholesky.h>
#include <ATen/ops/linalg_solve.h>
#include <ATen/ops/matmul.h>

#include <algorithm>

namespace bgraph::decoding {

namespace {

/// (Z^T Z + penalty I)^-1 Z^T for centred Z: [C, N].
at::Tensor ridge_operator(const at::Tensor& centred, double penalty) {
  const at::Tensor gram = centred.t().matmul(centred) + penalty * at::eye(centred.size(1), at::kDouble);
  return at::linalg_solve(gram, centred.t().contiguous());
}

at::Tensor correlation_of_columns(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor x = a - a.mean(0), y = b - b.mean(0);
  return (x * y).sum(0) / (x.square().sum(0) * y.square().sum(0)).sqrt().clamp_min(1e-12);
}

}  // namespace

at::Tensor leave_one_out_residuals(const at::Tensor& z, const at::Tensor& betas, double penalty) {
  const at::Tensor centred = z - z.mean(0);
  const at::Tensor hat = centred.matmul(ridge_operator(centred, penalty)) + 1.0 / static_cast<double>(z.size(0));  // [N, N]
  const at::Tensor residuals = betas - hat.matmul(betas);
  return residuals / (1.0 - hat.diagonal()).unsqueeze(1);
}

PosteriorMean::PosteriorMean(const at::Tensor& z, const at::Tensor& betas, const LinearGaussianChoice& choice) {
  const at::Tensor all_residuals = leave_one_out_residuals(z, betas, choice.penalty);
  const at::Tensor skill = correlation_of_columns(betas - all_residuals, betas);  // [V]
  voxels_ = std::get<1>(skill.topk(std::min(choice.voxels, betas.size(1))));
  const at::Tensor y = betas.index_select(1, voxels_), residuals = all_residuals.index_select(1, voxels_);

  const at::Tensor centre = z.mean(0);
  const at::Tensor weights = ridge_operator(z - centre, choice.penalty).matmul(y);  // A^T: [C, K]
  intercept_ = y.mean(0) - centre.matmul(weights);                                  // [K]

  const at::Tensor measured = residuals.t().matmul(residuals) / static_cast<double>(z.size(0));  // [K, K]
  const at::Tensor noise = (1.0 - choice.shrinkage) * measured +
                           at::diag(choice.shrinkage * measured.diagonal() + 1e-6);
  const at::Tensor factor = at::linalg_cholesky(noise);
  const at::Tensor whitened = at::cholesky_solve(weights.t().contiguous(), factor);  // S^-1 A: [K, C]
  const at::Tensor precision = weights.matmul(whitened) + at::eye(weights.size(0), at::kDouble);
  gain_ = at::linalg_solve(precision, whitened.t().contiguous()).t().contiguous();
}

at::Tensor PosteriorMean::decode(const at::Tensor& betas) const {
  return (betas.to(at::kDouble).index_select(1, voxels_) - intercept_).matmul(gain_);
}

}  // namespace bgraph::decoding

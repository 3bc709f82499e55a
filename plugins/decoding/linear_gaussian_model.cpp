#include "linear_gaussian_model.h"

#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_solve.h>
#include <ATen/ops/matmul.h>

#include <algorithm>
#include <cmath>

namespace bgraph::decoding {

LinearLikelihood::LinearLikelihood(const RidgeFit& fit, int64_t voxels, double shrinkage)
    : voxels_(std::get<1>(fit.skill.topk(std::min(voxels, fit.skill.size(0))))),
      intercept_(fit.intercept.index_select(0, voxels_)) {
  const at::Tensor weights = fit.weights.index_select(1, voxels_);      // A: [C, K]
  const at::Tensor residuals = fit.residuals.index_select(1, voxels_);  // [N, K]
  const at::Tensor own = 1.0 / (shrinkage * residuals.square().mean(0) + 1e-6);
  const at::Tensor factors = residuals * std::sqrt((1.0 - shrinkage) / static_cast<double>(residuals.size(0)));
  const at::Tensor scaled = factors * own;                              // F D^-1: [N, K]
  const at::Tensor inner = scaled.matmul(factors.t()) + at::eye(residuals.size(0), at::kDouble);
  const at::Tensor direct = weights.t() * own.unsqueeze(1);             // D^-1 A^T: [K, C]
  whitened_ = direct - scaled.t().matmul(at::linalg_solve(inner, scaled.matmul(weights.t())));
  precision_ = weights.matmul(whitened_);
}

at::Tensor LinearLikelihood::statistic(const at::Tensor& betas) const {
  return (betas.to(at::kDouble).index_select(1, voxels_) - intercept_).matmul(whitened_);
}

at::Tensor gaussian_posterior_mean(const at::Tensor& statistic, const at::Tensor& precision) {
  const at::Tensor sum = precision + at::eye(precision.size(0), at::kDouble);
  return at::linalg_solve(sum, statistic.t().contiguous()).t();
}

}  // namespace bgraph::decoding

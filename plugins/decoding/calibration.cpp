#include "calibration.h"

#include <torch/types.h>

namespace bgraph::decoding {

namespace {
constexpr double kRidge = 1e-3;
}

Calibration fit_calibration(const std::string& kind, const at::Tensor& predicted, const at::Tensor& target) {
  const at::Tensor p = predicted.to(at::kDouble), t = target.to(at::kDouble);
  const int64_t positions = p.size(1), width = p.size(2);
  if (kind == "scale") {
    const at::Tensor factor = (p * t).sum() / p.square().sum().clamp_min(1e-30);
    return {(at::eye(width, at::kDouble) * factor).to(at::kFloat), at::zeros({positions, width})};
  }
  const at::Tensor p_mean = p.mean(0), t_mean = t.mean(0);      // [P, D]
  const at::Tensor centred = (p - p_mean).flatten(0, 1);        // [N P, D]
  at::Tensor gram = at::matmul(centred.t(), centred);       // [D, D]
  gram.diagonal().add_(gram.diagonal().mean() * kRidge + 1e-30);
  const at::Tensor map = at::linalg_solve(gram, at::matmul(centred.t(), (t - t_mean).flatten(0, 1)));
  return {map.to(at::kFloat), (t_mean - at::matmul(p_mean, map)).to(at::kFloat)};
}

}  // namespace bgraph::decoding

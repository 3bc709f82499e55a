#include <bgraph/sdk/data/ridge.h>

#include <bgraph/sdk/data/correlation.h>

#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_solve.h>
#include <ATen/ops/matmul.h>

namespace bgraph {

RidgeFit fit_ridge(const at::Tensor& X, const at::Tensor& Y, double penalty) {
  const at::Tensor x = X.to(at::kDouble), y = Y.to(at::kDouble);
  const at::Tensor mean = x.mean(0), centred = x - mean;
  const at::Tensor gram = centred.t().matmul(centred) + penalty * at::eye(x.size(1), at::kDouble);
  const at::Tensor solver = at::linalg_solve(gram, centred.t().contiguous());  // [D, N]
  RidgeFit fit;
  fit.weights = solver.matmul(y);
  fit.intercept = y.mean(0) - mean.matmul(fit.weights);
  const at::Tensor hat = centred.matmul(solver) + 1.0 / static_cast<double>(x.size(0));  // [N, N]
  fit.residuals = (y - hat.matmul(y)) / (1.0 - hat.diagonal()).unsqueeze(1);
  fit.skill = paired_correlation((y - fit.residuals).t(), y.t());
  return fit;
}

}  // namespace bgraph

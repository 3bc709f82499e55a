#include "ridge_path.h"

#include <torch/types.h>

#include <limits>

namespace bgraph::decoding {

RidgePath::RidgePath(const at::Tensor& x, const at::Tensor& y)
    : x_mean_(x.mean(0, true)), y_mean_(y.mean(0, true)) {
  const at::Tensor rows = x - x_mean_, targets = y - y_mean_;
  const bool few_rows = rows.size(0) <= rows.size(1);
  const at::Tensor wide = rows.to(at::kDouble);
  const at::Tensor gram = few_rows ? at::matmul(wide, wide.t()) : at::matmul(wide.t(), wide);
  auto [values, vectors] = at::linalg_eigh(gram);  // ascending
  const at::Tensor kept = values.gt(values.max() * 1e-10).nonzero().squeeze(1);
  values_ = values.index_select(0, kept).to(at::kFloat);
  const at::Tensor basis = vectors.index_select(1, kept).to(at::kFloat);
  left_ = few_rows ? at::matmul(rows.t(), basis) : basis;  // V S, or V with S moved to the right
  right_ = few_rows ? at::matmul(basis.t(), targets) : at::matmul(at::matmul(rows, basis).t(), targets);
}

at::Tensor RidgePath::predict(const at::Tensor& x, double penalty) const {
  const at::Tensor shrunk = at::matmul(x - x_mean_, left_) / (values_ + penalty * values_.mean());  // [M, R]
  return at::matmul(shrunk, right_) + y_mean_;
}

RidgeChoice choose_penalty(const at::Tensor& x, const at::Tensor& y, const at::Tensor& fold, int64_t folds,
                           const std::vector<double>& penalties) {
  std::vector<double> error(penalties.size(), 0.0);
  double variance = 0.0;
  for (int64_t f = 0; f < folds; ++f) {
    const at::Tensor kept = fold.ne(f).nonzero().squeeze(1), held = fold.eq(f).nonzero().squeeze(1);
    if (kept.numel() == 0 || held.numel() == 0) continue;
    const at::Tensor known = y.index_select(0, kept), truth = y.index_select(0, held);
    const RidgePath path(x.index_select(0, kept), known);
    const at::Tensor unseen = x.index_select(0, held);
    for (size_t p = 0; p < penalties.size(); ++p)
      error[p] += (path.predict(unseen, penalties[p]) - truth).square().sum().item<double>();
    variance += (truth - known.mean(0, true)).square().sum().item<double>();
  }
  RidgeChoice best{.explained = -std::numeric_limits<double>::infinity()};
  for (size_t p = 0; p < penalties.size(); ++p)
    if (const double explained = 1 - error[p] / variance; explained > best.explained) best = {penalties[p], explained};
  return best;
}

}  // namespace bgraph::decoding

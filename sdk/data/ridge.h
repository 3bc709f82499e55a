// Ridge regression with an intercept in closed form, and what it would have said of each row without that row.
//
//   W = (X~^T X~ + penalty I)^-1 X~^T Y,   b = mean(Y) - mean(X) W,   X~ = X - mean(X)
//   leave-one-out residual of row i:  r_i / (1 - h_ii),   h = X~ (X~^T X~ + penalty I)^-1 X~^T + 1/N
//
// The residuals are exact (no refit is needed), so skill and noise can be judged without a held-out set.
//
// Source: Hoerl & Kennard 1970; Allen 1974 (PRESS).
#pragma once

#include <ATen/core/Tensor.h>

namespace bgraph {

struct RidgeFit {
  at::Tensor weights;    // [D, V] float64
  at::Tensor intercept;  // [V] float64
  at::Tensor residuals;  // [N, V] float64, leave-one-out
  at::Tensor skill;      // [V] float64: correlation of leave-one-out predictions with Y; 0 for a constant column
};

/// X [N, D], Y [N, V], without NaN; penalty > 0, D below a few hundred.
RidgeFit fit_ridge(const at::Tensor& X, const at::Tensor& Y, double penalty);

}  // namespace bgraph

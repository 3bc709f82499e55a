// Ridge regression for all penalties at once, from one eigendecomposition.
//
//   W(lambda) = argmin |Y - X W|^2 + lambda |W|^2        X, Y centred on the training rows
//             = left diag(1 / (values + lambda)) right
//
// With X = U S V^T (from the smaller of X X^T and X^T X): left = V S, values = S^2, right = U^T Y.
// Source: Hoerl & Kennard 1970.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace bgraph::decoding {

class RidgePath {
 public:
  /// x [N, V], y [N, T], both finite. The decomposition runs in float64, the products in float32.
  RidgePath(const at::Tensor& x, const at::Tensor& y);

  /// x [M, V]  ->  [M, T]. The penalty is relative: lambda = penalty * mean eigenvalue of X^T X over its rank.
  at::Tensor predict(const at::Tensor& x, double penalty) const;

 private:
  at::Tensor x_mean_, y_mean_;
  at::Tensor left_;    // [V, R]
  at::Tensor values_;  // [R]
  at::Tensor right_;   // [R, T]
};

/// The penalty with the smallest squared error over held-out folds; fold [N] says which fold a row belongs to.
struct RidgeChoice {
  double penalty = 0;
  double explained = 0;  // 1 - held-out squared error / held-out variance around the training mean
};
RidgeChoice choose_penalty(const at::Tensor& x, const at::Tensor& y, const at::Tensor& fold, int64_t folds,
                           const std::vector<double>& penalties);

}  // namespace bgraph::decoding

// Pearson correlation of rows: of pairs, and of every row of one set with every row of another.
//
// Numbers are accumulated in double. A constant row carries no information: it correlates 0 with everything.
// Differs: numpy gives NaN there, and a mean over images would then silently leave out the failures.
#pragma once

#include <ATen/core/Tensor.h>

namespace bgraph {

/// r of row i of `a` with row i of `b`; both [N, ...], flattened  ->  [N] float64.
at::Tensor paired_correlation(const at::Tensor& a, const at::Tensor& b);

/// r of every row of `real` [N, ...] with every row of `recon` [M, ...]  ->  [N, M] float64.
at::Tensor correlation_matrix(const at::Tensor& real, const at::Tensor& recon);

/// 1 - r of each pair, the distance the EfficientNet and SwAV columns report  ->  [N] float64.
at::Tensor correlation_distance(const at::Tensor& a, const at::Tensor& b);

}  // namespace bgraph

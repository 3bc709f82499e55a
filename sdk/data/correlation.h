// Pearson correlation of rows: of pairs, and of every row of one set with every row of another.
//
// Numbers are accumulated in double. A constant row carries no information: it correlates 0 with everything.
// Differs: numpy gives NaN there, and a mean over images would then silently leave out the failures.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

namespace bgraph {

/// r of row i of `a` with row i of `b`; both [N, ...], flattened  ->  [N] float64.
at::Tensor paired_correlation(const at::Tensor& a, const at::Tensor& b);

/// One side of a correlation matrix, made ready once: the other side may come in blocks, so that features of a large
/// layer (AlexNet's second: 184 512 numbers per image at 256 pixels) are never all there on both sides.
class CorrelationWith {
 public:
  struct Rows;
  explicit CorrelationWith(const at::Tensor& real);  // [N, ...], kept as it is

  /// r with every row of `recon` [M, ...]  ->  [N, M] float64, on the device of the rows.
  at::Tensor operator()(const at::Tensor& recon) const;

 private:
  std::shared_ptr<const Rows> real_;
};

/// r of every row of `real` [N, ...] with every row of `recon` [M, ...]  ->  [N, M] float64.
at::Tensor correlation_matrix(const at::Tensor& real, const at::Tensor& recon);

/// Cosine of every row of `a` [N, ...] with every row of `b` [M, ...]  ->  [N, M] float64: the same without centring.
at::Tensor cosine_matrix(const at::Tensor& a, const at::Tensor& b);

/// 1 - r of each pair, the distance the EfficientNet and SwAV columns report  ->  [N] float64.
at::Tensor correlation_distance(const at::Tensor& a, const at::Tensor& b);

}  // namespace bgraph

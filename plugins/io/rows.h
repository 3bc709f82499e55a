// Which trials are held out: given rows, or one stratified fold; and z-scoring by the training rows alone.
#pragma once

#include <ATen/core/Tensor.h>
#include <bgraph/sdk/data/rng.h>

#include <string>
#include <vector>

namespace bgraph::io {

struct HeldOut {
  at::Tensor train;  // [N - M] int64, ascending
  at::Tensor test;   // [M] int64, ascending
};

/// The rows named. Error for a row that does not exist, stands twice, or leaves nothing to train on.
HeldOut hold_out_rows(int64_t total, const std::vector<int64_t>& test_rows);

/// Fold `fold` of `folds`, stratified: every class is shuffled by `rng` and dealt out in turn, the classes one
/// after the other, so that fold sizes differ by one at most.
HeldOut hold_out_fold(const at::Tensor& classes, int64_t fold, int64_t folds, Rng rng);

/// Columns with mean 0 and sd 1 over the training rows (constant columns become 0; NaN stays NaN).
///   values [N, V], train [M]  ->  [N, V] float32
at::Tensor standardised(const at::Tensor& values, const at::Tensor& train);

/// Pairs of equal rows (a trial copied by mistake), as "3 and 17"; at most five.
std::vector<std::string> equal_rows(const at::Tensor& values);

}  // namespace bgraph::io

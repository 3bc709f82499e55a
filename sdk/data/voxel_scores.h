// How well predicted responses match measured ones, voxel by voxel.
#pragma once

#include <ATen/core/Tensor.h>

namespace bgraph {

/// Pearson correlation of every column.   predicted, measured [N, V]  ->  [V] double
/// A constant column gives 0. Source: Universal Brain Encoder (arXiv:2406.12179), encoding metrics.
at::Tensor voxel_correlation(const at::Tensor& predicted, const at::Tensor& measured);

/// r^2 / NC with NC = ncsnr^2 / (ncsnr^2 + noise), negative r counted as 0; NaN where ncsnr is 0 or unknown.
///   noise: mean of 1 / repeats over the scored images (1/n for n repeats each)
/// Source: the same; noise ceiling of Allen et al. 2022, Methods.
at::Tensor ceiling_normalised(const at::Tensor& correlation, const at::Tensor& ncsnr, double noise);

/// Linear-interpolation percentile of the numbers that are not NaN; NaN of none.
double percentile(const at::Tensor& values, double percent);

}  // namespace bgraph

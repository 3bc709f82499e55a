// Tests of predicted against measured responses: permutation of images, false discovery rate, representational
// similarity.
#pragma once

#include <ATen/core/Tensor.h>
#include <bgraph/sdk/data/rng.h>

namespace bgraph::metrics {

/// One-sided p of every voxel's correlation when images and responses do not belong together: predictions are
/// permuted over images, in all voxels alike.   predicted, measured [N, V]  ->  [V], at least 1 / (permutations + 1)
at::Tensor permutation_p(const at::Tensor& predicted, const at::Tensor& measured, int64_t permutations, Rng rng);

/// One-sided p of correlations [V] against pairs of independent Gaussian vectors of that length: Student's t with
/// length - 2 degrees of freedom, which is what drawing them converges to.
at::Tensor white_noise_p(const at::Tensor& correlation, int64_t length);

/// Benjamini and Hochberg 1995: the smallest false discovery rate at which each test is called.   p [V]  ->  [V]
at::Tensor false_discovery_rate(const at::Tensor& p);

/// Dissimilarity of the response patterns of all pairs of images: 1 - Pearson over voxels.   [N, V]  ->  [N, N]
at::Tensor dissimilarity(const at::Tensor& patterns);

struct Similarity {
  double spearman;  // of the upper triangles
  double p;         // one-sided, image labels permuted
};

/// Do two dissimilarity matrices [N, N] order the pairs of images alike? N >= 3.
Similarity compare_dissimilarity(const at::Tensor& a, const at::Tensor& b, int64_t permutations, Rng rng);

}  // namespace bgraph::metrics

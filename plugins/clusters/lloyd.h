// k-means: k-means++ start and Lloyd's iterations, over blocks of rows.
//
// Source: Arthur & Vassilvitskii 2007 (start); Lloyd 1982.
#pragma once

#include <bgraph/sdk/data/rng.h>

#include <ATen/core/Tensor.h>

namespace bgraph::clusters {

/// K rows of `rows` [N, D], each drawn with probability proportional to its squared distance to the nearest one
/// drawn before. Error if there are fewer different rows than K.
at::Tensor spread_centres(const at::Tensor& rows, int64_t clusters, Rng rng);

struct KMeans {
  at::Tensor centres;  // [K, D]
  at::Tensor label;    // [N] int64, the nearest centre
  double inertia = 0;  // sum of squared distances
};

/// Iterates until no label changes, at most `iterations` times. A cluster that lost its rows is put on the row
/// farthest from its centre.
KMeans lloyd(const at::Tensor& rows, at::Tensor centres, int64_t iterations = 300);

}  // namespace bgraph::clusters

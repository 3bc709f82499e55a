// Intervals of means by the bootstrap: images crossed with subjects.
//
// The same images recur in every subject, so rows are not independent. Each resample draws images with
// replacement and, apart from that, subjects with replacement; its mean runs over the drawn cells:
//
//   m_b = sum_si u_bs w_bi x_si / sum_si u_bs w_bi          cells that are NaN are left out of both sums
//
// With one subject only images are drawn. With few subjects the subject part is too narrow by (S-1)/S in
// variance. The same generator gives the same resamples to every method, which makes differences paired.
// Source: Owen 2007, "The pigeonhole bootstrap".
#pragma once

#include <ATen/core/Tensor.h>
#include <bgraph/sdk/data/rng.h>

namespace bgraph::metrics {

struct Interval {
  double low, high;
};

/// values [K, S, N] float64 (K quantities), NaN = missing  ->  means of the resamples [K, resamples].
at::Tensor bootstrap_means(const at::Tensor& values, int64_t resamples, Rng rng);

/// The central `level` of draws [resamples], by linear interpolation; NaN draws are left out.
Interval central(const at::Tensor& draws, double level);

}  // namespace bgraph::metrics

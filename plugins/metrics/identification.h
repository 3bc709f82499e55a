// Identification: is a reconstruction nearer to its own image than to others?
//
// From r [N, M], the correlation of every seen image with every reconstruction, and own [M], which seen image
// belongs to reconstruction j, everything follows exactly by counting; nothing is sampled:
//
//   beaten_j   = number of other seen images i with r_ij < r_own(j)j  (strict), of others_j = N - 1
//   two-way    = beaten_j / others_j                                                     chance 1/2
//   rank       = 1 + others_j - beaten_j                                                 1 is best
//   top-1 of k = C(beaten_j, k-1) / C(others_j, k-1)                                     chance 1/k
//   top-b of k = sum over i < b of C(others_j - beaten_j, i) C(beaten_j, k-1-i) / C(others_j, k-1)   chance b/k
//
// The last two are expectations over all draws of k - 1 distractors; k = 2 is two-way, k = N plain top-1.
// Within category, only images of the same category are distractors; NaN where there is none (an image without
// category, -1, has none).
// Differs: published N-way scores are one random draw of the distractors.
//
// Source: MindEye2 evaluation notebook (rows real, columns reconstructed, strict comparison, all N - 1).
#pragma once

#include <ATen/core/Tensor.h>

namespace bgraph::metrics {

/// Which seen images compete: undefined category = all of them.
struct Candidates {
  at::Tensor own;       // [M] int64, row of `seen`
  at::Tensor category;  // [N] int64 of the seen images, -1 = none; or undefined
};

struct Identification {
  at::Tensor beaten;  // [M] float64
  at::Tensor others;  // [M] float64

  at::Tensor two_way() const;                // [M] in [0, 1]
  at::Tensor rank() const;                   // [M] in [1, others + 1]
  at::Tensor top1(int64_t ways) const;       // [M]; NaN where fewer than `ways` images compete
  at::Tensor top(int64_t ways, int64_t best) const;  // [M]; the same for a place among the first `best`
};

/// r [N, M] float64.
Identification identify(const at::Tensor& r, const Candidates& candidates);

}  // namespace bgraph::metrics

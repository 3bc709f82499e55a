// The deterministic images of the reference case `metrics`, made again by its rule.
//
//   image k of 8, size H: x = col / (H - 1), y = row / (H - 1), (a, b, p, q, r, s) = input.par[k]
//   four families (gradient, checkerboard, waves, noise); reconstruction k mixes images k and k + 1 with noise
#pragma once

#include <bgraph/sdk/testing/golden.h>

namespace bgraph::metrics {

at::Tensor golden_seen(const testing::Golden& golden);                           // [8, 3, 224, 224] float32
at::Tensor golden_recon(const testing::Golden& golden, const at::Tensor& seen);  // the same shape

}  // namespace bgraph::metrics

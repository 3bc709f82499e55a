// Dropout from a counter-based generator, so that a resumed run drops the same numbers.
#pragma once

#include <bgraph/sdk/data/rng.h>

namespace bgraph {

/// Each number is zero with probability p, otherwise divided by 1 - p; p = 0 returns x itself.
/// Called in training only. Source: Srivastava et al. 2014 (the inverted form).
at::Tensor dropout(const at::Tensor& x, double p, Rng& rng);

}  // namespace bgraph

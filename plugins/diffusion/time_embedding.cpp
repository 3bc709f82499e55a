#include "time_embedding.h"

#include <torch/types.h>

#include <cmath>

namespace bgraph::diffusion {

at::Tensor time_embedding(const at::Tensor& t, int64_t width) {
  const int64_t half = width / 2;
  const auto exponent = at::arange(half, at::kDouble) / static_cast<double>(half);
  const auto frequency = (exponent * -std::log(1e4)).exp();                        // [h]
  const auto phase = t.to(at::kDouble).unsqueeze(1) * frequency.to(t.device());    // [B, h]
  return at::cat({phase.cos(), phase.sin()}, 1).to(at::kFloat);                    // [B, width]
}

}  // namespace bgraph::diffusion

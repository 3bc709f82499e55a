#include "time_embedding.h"

#include <torch/types.h>

#include <cmath>

namespace bgraph::diffusion {

at::Tensor time_embedding(const at::Tensor& t, int64_t width) {
  const int64_t half = width / 2;
  // Frequencies are float32 numbers, rounded where the reference rounds: a size of 1024 pixels multiplies their last bits.
  const auto exponent = at::arange(half, at::kFloat) * -std::log(1e4) / static_cast<double>(half);
  const auto frequency = exponent.exp().to(at::kDouble);                           // [h]
  const auto phase = t.to(at::kDouble).unsqueeze(1) * frequency.to(t.device());    // [B, h]
  return at::cat({phase.cos(), phase.sin()}, 1).to(at::kFloat);                    // [B, width]
}

at::Tensor number_embeddings(const at::Tensor& numbers, int64_t width) {
  return time_embedding(numbers.flatten(), width).reshape({numbers.size(0), numbers.size(1) * width});
}

}  // namespace bgraph::diffusion

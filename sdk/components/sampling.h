// Sampling: how a diffusion model walks down its noise levels.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>

namespace bgraph {

struct Sampling {
  int64_t steps = 38;        // length of the whole schedule
  int64_t start_index = 0;   // steps skipped: > 0 needs a start image, which is noised to that level
  double guidance = 5.0;     // classifier-free guidance
  /// Told after each step its index in the schedule and where the sample is: for progress, to stop by throwing, to look.
  std::function<void(int64_t step, const at::Tensor& x)> after_step = {};
};

}  // namespace bgraph

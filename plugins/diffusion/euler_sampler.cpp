#include "euler_sampler.h"

#include <torch/types.h>

namespace bgraph::diffusion {

at::Tensor euler(at::Tensor x, const std::vector<double>& levels, const Denoiser& denoise, int64_t first,
                 const std::function<void(int64_t, const at::Tensor&)>& after_step) {
  for (size_t i = 0; i + 1 < levels.size(); ++i) {
    const auto slope = (x - denoise(x, levels[i])) / levels[i];
    x = x + (levels[i + 1] - levels[i]) * slope;
    if (after_step) after_step(first + static_cast<int64_t>(i), x);
  }
  return x;
}

at::Tensor guided(const at::Tensor& conditional, const at::Tensor& unconditional, double scale) {
  return unconditional + scale * (conditional - unconditional);
}

}  // namespace bgraph::diffusion

#include "toy/noise.h"

#include <ATen/ops/cdist.h>

#include <cmath>

namespace bgraph::toy {

namespace {

/// Columns of unit norm: white noise [T, V] times this has variance 1 and correlation exp(-d^2 / (2 mm^2)).
/// The kernel itself is narrower by sqrt 2, because the correlation is its convolution with itself.
at::Tensor blur(const at::Tensor& position, const at::Tensor& hemisphere, double mm) {
  const at::Tensor squared = (position.unsqueeze(1) - position).square().sum(2);  // [V, V]
  const at::Tensor kernel = squared.mul(-1 / (mm * mm)).exp() * hemisphere.unsqueeze(1).eq(hemisphere);
  return kernel / kernel.square().sum(0, true).sqrt();
}

/// x_t = r x_{t-1} + sqrt(1 - r^2) e_t within a run, in place; variance stays what it was.
void colour_in_time(at::Tensor& noise, const at::Tensor& run, double r) {
  const int64_t* run_of = run.data_ptr<int64_t>();
  float* x = noise.data_ptr<float>();
  const int64_t trials = noise.size(0), voxels = noise.size(1);
  const float keep = static_cast<float>(r), fresh = static_cast<float>(std::sqrt(1 - r * r));
  for (int64_t t = 1; t < trials; ++t) {
    if (run_of[t] != run_of[t - 1]) continue;
    for (int64_t v = 0; v < voxels; ++v) {
      float& now = x[t * voxels + v];
      now = keep * x[(t - 1) * voxels + v] + fresh * now;
    }
  }
}

}  // namespace

at::Tensor draw_noise(Rng& rng, const at::Tensor& position, const at::Tensor& hemisphere, const at::Tensor& run,
                      const NoiseMix& mix) {
  const int64_t trials = run.size(0), voxels = position.size(0);
  const at::Tensor loading = 1 + 0.4 * rng.normal({voxels});                                          // [V]
  at::Tensor smooth = rng.normal({mix.rank, voxels}).matmul(blur(position, hemisphere, 12));          // [K, V]
  smooth = smooth / smooth.square().sum(0, true).sqrt();
  const double rest = std::max(0.0, 1 - mix.global - mix.low_rank - mix.spatial);
  const at::Tensor norm = (mix.global * loading.square() + (1 - mix.global)).sqrt();                  // [V]
  at::Tensor noise = std::sqrt(mix.spatial) * rng.normal({trials, voxels}).matmul(blur(position, hemisphere, mix.spatial_mm));
  noise.add_(rng.normal({trials, voxels}), std::sqrt(rest));
  noise.addmm_(rng.normal({trials, mix.rank}), smooth, 1, std::sqrt(mix.low_rank));
  noise.add_(rng.normal({trials, 1}) * loading, std::sqrt(mix.global));
  noise.div_(norm);
  colour_in_time(noise, run, mix.autocorrelation);
  return noise;
}

}  // namespace bgraph::toy

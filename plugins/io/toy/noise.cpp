#include "toy/noise.h"

#include <ATen/ops/zeros_like.h>

#include <cmath>
#include <utility>
#include <vector>

namespace bgraph::toy {

namespace {

/// A Gaussian blur over cortex as sparse columns of unit norm: white noise times this has variance 1 and correlation
/// exp(-d^2 / (2 mm^2)). The kernel itself is narrower by sqrt 2, because the correlation is its convolution with itself.
class Blur {
 public:
  Blur(const at::Tensor& position, const at::Tensor& hemisphere, double mm) {
    const auto at = position.accessor<float, 2>();
    const int64_t* side = hemisphere.data_ptr<int64_t>();
    for (int64_t v = 0; v < position.size(0); ++v) {
      std::vector<Neighbour> near;
      double squares = 0;
      for (int64_t w = 0; w < position.size(0); ++w) {
        const double dx = at[v][0] - at[w][0], dy = at[v][1] - at[w][1], dz = at[v][2] - at[w][2];
        const double weight = std::exp(-(dx * dx + dy * dy + dz * dz) / (mm * mm));
        if (side[v] != side[w] || weight < 1e-3) continue;
        near.push_back({w, static_cast<float>(weight)}), squares += weight * weight;
      }
      for (auto& neighbour : near) neighbour.weight /= static_cast<float>(std::sqrt(squares));
      columns_.push_back(std::move(near));
    }
  }

  /// white [T, V] -> smooth [T, V].
  at::Tensor operator()(const at::Tensor& white) const {
    at::Tensor smooth = at::zeros_like(white);
    const auto voxels = static_cast<int64_t>(columns_.size());
    for (int64_t t = 0; t < white.size(0); ++t) {
      const float* from = white.data_ptr<float>() + t * voxels;
      float* to = smooth.data_ptr<float>() + t * voxels;
      for (int64_t v = 0; v < voxels; ++v)
        for (const auto& [w, weight] : columns_[static_cast<size_t>(v)]) to[v] += weight * from[w];
    }
    return smooth;
  }

 private:
  struct Neighbour {
    int64_t voxel;
    float weight;
  };
  std::vector<std::vector<Neighbour>> columns_;
};

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
  at::Tensor smooth = Blur(position, hemisphere, 12)(rng.normal({mix.rank, voxels}));  // [K, V]
  smooth = smooth / smooth.square().sum(0, true).sqrt();
  const double rest = std::max(0.0, 1 - mix.global - mix.low_rank - mix.spatial);
  const at::Tensor norm = (mix.global * loading.square() + (1 - mix.global)).sqrt();                  // [V]
  at::Tensor noise = std::sqrt(mix.spatial) * Blur(position, hemisphere, mix.spatial_mm)(rng.normal({trials, voxels}));
  noise.add_(rng.normal({trials, voxels}), std::sqrt(rest));
  noise.addmm_(rng.normal({trials, mix.rank}), smooth, 1, std::sqrt(mix.low_rank));
  noise.add_(rng.normal({trials, 1}) * loading, std::sqrt(mix.global));
  noise.div_(norm);
  colour_in_time(noise, run, mix.autocorrelation);
  return noise;
}

}  // namespace bgraph::toy

// Noise of one subject's trials, correlated as in the scanner.
//
//   noise_tv = ( sqrt(a) m_v g_t + sqrt(b) sum_k l_kv f_tk + sqrt(c) (K w_t)_v + sqrt(d) e_tv ) / norm_v
//
//   a  global     one time course for all voxels (arousal, breathing), voxel loading m_v = 1 + .4 normal
//   b  low rank   `rank` time courses (eye movements, attention) with loadings smooth over 12 mm
//   c  spatial    white noise blurred with a Gaussian kernel: correlation exp(-d^2 / (2 mm^2)) at distance d, within
//                 a hemisphere
//   d  private    the rest, 1 - a - b - c
//
// All time courses are first-order autoregressive within a run (coefficient `autocorrelation` between neighbouring
// trials), and start afresh with every run. norm_v makes the variance of every voxel 1.
//
// Source: Allen et al. 2022 and Prince et al. 2022 (GLMdenoise: low-rank noise shared by voxels).
// Independent noise would average away over voxels, and every decoder would be right.
#pragma once

#include "toy/schedule.h"

#include <cstdint>

namespace bgraph::toy {

struct NoiseMix {
  double global = 0.1, low_rank = 0.3, spatial = 0.35;  // shares of variance
  int64_t rank = 6;
  double spatial_mm = 4;
  double autocorrelation = 0.2;
};

/// [T, V], variance 1 per voxel in expectation. position [V, 3] mm, hemisphere [V], run [T].
at::Tensor draw_noise(Rng& rng, const at::Tensor& position, const at::Tensor& hemisphere, const at::Tensor& run,
                      const NoiseMix& mix);

}  // namespace bgraph::toy

// The noise levels of the unCLIP prior: the legacy DDPM table and its n-step discretisation.
//
//   beta_t  = linspace(sqrt(.00085), sqrt(.012), 1000)_t ^ 2        abar_t = prod_{s <= t} (1 - beta_s)
//   sigma_t = sqrt((1 - abar_t) / abar_t)                           sigma_0 = 0.029167, sigma_999 = 14.614641
//   n steps: t_i = trunc(999 - 999 i / n), i = 0 .. n-1, then sigma 0
//
// sigma is the standard deviation of the noise added to data of unit variance. Ascending in t; a sampler
// walks it downwards.
//
// Source: Rombach et al. 2022 (latent diffusion), the schedule of SDXL (arXiv:2307.01952); the truncation as in
// the reference sampler of Brain-IT (arXiv:2510.25976) and MindEye2 (arXiv:2403.11207).
#pragma once

#include <cstdint>
#include <vector>

namespace bgraph::diffusion {

inline constexpr int64_t kNoiseLevels = 1000;

/// The whole table, ascending: [1000].
const std::vector<double>& noise_levels();

/// Table indices visited by n steps, descending from 999: [n]. Error unless 1 <= n <= 1000.
std::vector<int64_t> step_indices(int64_t steps);

/// Their noise levels, descending, followed by 0: [n + 1].
std::vector<double> step_levels(int64_t steps);

/// What is left of them when the first `start` steps are skipped: [n - start + 1]. Error unless 0 <= start < n.
std::vector<double> remaining_levels(int64_t steps, int64_t start);

/// Index of the table entry nearest to sigma: the time the network is told.
int64_t nearest_level(double sigma);

}  // namespace bgraph::diffusion

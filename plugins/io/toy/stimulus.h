// What voxels can see of an image: local contrast energy, colour, objects, and statistics of the whole scene.
//
// The picture fills a field of kFieldDeg x kFieldDeg degrees around fixation (8.4, as in NSD) and is brought to 32 x 32.
//
//   energy      amplitude sqrt(even^2 + odd^2) of Gabor pairs, 4 orientations at 3 scales of an image pyramid:
//               wavelength 4 pixels at 32, 16 and 8 pixels = 0.95, 0.48, 0.24 cycles/deg, on grids 16, 16 and 8 wide
//   opponent    luminance L = .299 R + .587 G + .114 B, R - G, B - (R + G) / 2, averaged on a 16 x 16 grid
//   objects     share of each cell (8 x 8) covered by a figure of each category, by the scene's own masks;
//               without masks the category is spread over a Gaussian of 2 deg around fixation
//   statistics  mean luminance, rms contrast, horizon (height of the strongest change between rows), spectral slope
//               (log energy, fine - coarse), colourfulness, log ratio of horizontal to vertical energy
//
// Sources: Kay et al. 2008 (Gabor pyramid); Hasler & Suesstrunk 2003 (colourfulness = sd + 0.3 |mean| in the
// opponent plane); Oliva & Torralba 2001 (spectral shape of scenes).
#pragma once

#include <ATen/core/Tensor.h>

namespace bgraph::toy {

inline constexpr double kFieldDeg = 8.4;
inline constexpr int64_t kOrientations = 4, kScales = 3, kOpponents = 3, kStatistics = 6;
inline constexpr int64_t kEnergyGrid[kScales] = {16, 16, 8};  // cells across, fine to coarse
inline constexpr int64_t kOpponentGrid = 16, kObjectGrid = 8;

struct Stimulus {
  at::Tensor energy;      // [N, sum over scales of 4 * grid^2], scale-major, then orientation, row, column
  at::Tensor opponent;    // [N, 3 * 16^2]
  at::Tensor objects;     // [N, C * 8^2]
  at::Tensor statistics;  // [N, 6]
};

/// pixels [N, 3, H, W] float in [0, 1]; category [N]; regions [N, H, W] uint8 as in scene.h, or undefined.
Stimulus see(const at::Tensor& pixels, const at::Tensor& category, const at::Tensor& regions, int64_t categories);

Stimulus join(const Stimulus& first, const Stimulus& second);

}  // namespace bgraph::toy

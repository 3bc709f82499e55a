// Voxel response models: what each voxel of a subject computes from an image.
//
// A voxel is one of five kinds; the kinds mix, because no voxel is pure (shares of signal variance):
//
//                 energy  opponent  objects  statistics
//   gabor           .85      .15       -         -        contrast energy, orientation and frequency tuned
//   colour          .15      .85       -         -        one axis of colour space within its pRF
//   category        .10      .05      .70       .15       categories it prefers, where its pRF lies
//   scene           .20      .10       -        .70       one statistic of the whole scene, some of the others
//   unresponsive     -        -        -         -        noise alone
//
// Each part is linear in the stimulus (see stimulus.h) within the pRF, a Gaussian at (x, y) of sd sigma:
//
//   energy_i  = sum over cells, orientations o, scales s of  pRF(cell) exp(kappa (cos 2(o - o_i) - 1))
//               exp(-(s - s_i)^2 / (2 .6^2)) E(cell, o, s);         foveal voxels prefer fine scales
//   opponent_i = sum over cells of pRF(cell) (w . [L, R-G, B-Y])
//   objects_i = sum over categories c of g_ic (sum over cells of pRF(cell) coverage_c(cell))
//   signal_i  = sum over parts of sqrt(share) z( sign(part) |part|^n )     n = `exponent`: compressive spatial summation
//
// z() and the final standardisation use the subject's training images alone, so that signal has mean 0 and sd 1 there.
// A voxel whose pRF lies outside the picture (less than 2 % of its mass inside) is unresponsive.
//
// ncsnr: lognormal, median = snr of the subject x 1 (named areas) or .6 (unnamed cortex), sd of the logarithm .55;
// at most 1 / internal (recording.h); 0 for unresponsive voxels.
//
// Sources: Kay et al. 2008; Kay et al. 2013 (compressive spatial summation, n about .7 in V1 to .2 in hV4);
// Allen et al. 2022 (ncsnr).
#pragma once

#include "toy/anatomy.h"
#include "toy/stimulus.h"

#include <cstdint>
#include <string>
#include <vector>

namespace bgraph::toy {

struct Population {
  at::Tensor energy, opponent, objects, statistics;  // weights [features of that part, V]
  at::Tensor share;  // [V, 4] of signal variance; all zero = unresponsive
  at::Tensor prf;    // [V, 3] x (right +), y (up +), sigma; deg
  at::Tensor type;   // [V] int64, index into type_names()
  at::Tensor ncsnr;  // [V] signal sd / noise sd; 0 = unresponsive
};

/// snr: median ncsnr; most: its upper bound.
Population make_population(Rng& rng, const Anatomy& anatomy, int64_t categories, double snr, double most);

/// Signal of every image in every voxel [N, V]: mean 0 and sd 1 over the first `reference` images; 0 where unresponsive.
at::Tensor respond(const Population& population, const Stimulus& stimulus, int64_t reference, double exponent);

/// True voxel types: kind x quadrant, preferred family, or statistic.
std::vector<std::string> type_names();

}  // namespace bgraph::toy

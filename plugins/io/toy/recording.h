// From signal to measured betas: one subject in the scanner.
//
//   beta_tv = gain_sv ( s_v [ (1 - adaptation)^repeat x_iv + overlap x_jv + internal y_tv ]
//                       + sqrt(1 - (internal s_v)^2) noise_tv ) + offset_sv
//
// y is what the subject's own state adds along the very directions of the signal (attention, imagery, memory, eye
// movements): the sum of the responses to 4 random private images, scaled to sd 1. No number of voxels averages it
// away, as no number of neurons does (information-limiting correlations, Moreno-Bote et al. 2014), and no voxel
// can have an ncsnr above 1 / internal.
//
// i is the image of trial t, j that of the trial before in the same run, s session, x the signal (sd 1), s_v the voxel's
// ncsnr (noise has variance 1). Session drift: offset_sv is a random walk with steps of `session_drift`, log gain_sv
// is drawn anew with sd session_drift / 3. Representational drift turns the tuning: in session s of S,
//
//   x = cos(a) x0 + sin(a) x1      a = representational_drift * (pi / 2) * s / (S - 1)
//
// where x1 is the signal of another population at the same places. Drift and adaptation are off by
// default: the encoder paper (arXiv:2406.12179) assumes neither.
//
// The overlap is noise to any model of the present image, so the ncsnr a perfect measurement would find is
//   s / sqrt(1 + (overlap s)^2).
//
// Betas are z-scored per session and voxel, with mean and sd of the training trials of that session (`stats = train`)
// or of all its trials (`all`: transductive, as the published NSD pipelines do).
#pragma once

#include "toy/schedule.h"

#include <cstdint>

namespace bgraph::toy {

struct Habits {
  double internal = 1.0, overlap = 0.08, session_drift = 0.3, representational_drift = 0, adaptation = 0;
};

/// signal [I, V] of every image, of which `own` are private, drifted [I, V] (same size; used when drift is on), ncsnr [V], noise [T, V] -> [T, V].
at::Tensor record(Rng& rng, const Schedule& schedule, const at::Tensor& signal, int64_t own, const at::Tensor& drifted,
                  const at::Tensor& ncsnr, const at::Tensor& noise, const Habits& habits);

/// z-scores in place per session and voxel; statistics over the trials where `counted` [T] bool is true.
/// Errors: a session with fewer than two such trials.
void zscore_per_session(at::Tensor& betas, const at::Tensor& session, const at::Tensor& counted);

/// What repeats of an image say about each voxel, as NSD computes it:
///   noise variance = mean over images of the variance over repeats; signal variance = total - noise, at least 0.
/// betas [T, V], image [T]; NaN when no image repeats. Source: Allen et al. 2022, Methods, noise ceiling.
at::Tensor ncsnr_from_repeats(const at::Tensor& betas, const at::Tensor& image);

}  // namespace bgraph::toy

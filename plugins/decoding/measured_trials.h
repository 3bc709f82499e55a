// One subject's training trials with their pictures, and trials to decode: what the decoders for few trials start from.
#pragma once

#include <bgraph/sdk/context.h>
#include <bgraph/sdk/values/betas.h>
#include <bgraph/sdk/values/images.h>

namespace bgraph::decoding {

struct MeasuredTrials {
  at::Tensor betas;     // [N, V] float64, voxels without NaN in any trial
  at::Tensor pictures;  // [N, H * W] float64 in [0, 1], channels averaged
  at::Tensor scored;    // [M, V] float64
  at::Tensor image_id;  // [M] of the scored trials
};

/// Voxels with a NaN in any training or scored trial are left out, with a warning. Errors: several subjects, another
/// number of voxels, an image that is missing.
MeasuredTrials measured_trials(const Betas& betas, const Images& images, const Betas& scored, Context& ctx);

at::Tensor flat_grey(const Images& images);  // [N, H * W] float64 in [0, 1]

/// Flat pictures [M, H * W] as images of the trials they were decoded from, clamped to [0, 1].
Images decoded_images(const at::Tensor& flat, const Images& like, const at::Tensor& image_id, const Betas& scored);

/// Rows held out by each of `folds` inner folds of N training trials, drawn by `rng`: {kept, held}.
std::vector<std::pair<at::Tensor, at::Tensor>> inner_folds(int64_t trials, int64_t folds, Rng rng);

}  // namespace bgraph::decoding

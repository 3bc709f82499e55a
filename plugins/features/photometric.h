// Photometric views of images: the same scene under another light.
//
//   view = gain_c * contrast * (image - 0.5) + 0.5 + brightness + noise      drawn per image, then cut to [0, 1]
//
// log contrast, gain and brightness are normal with sd 0.3, 0.15 (per colour channel) and 0.1, the noise has
// sd 0.03, all times `strength`. Nothing moves: what stands where in the picture is part of its content.
#pragma once

#include <bgraph/sdk/data/rng.h>

namespace bgraph::features {

/// images [B, 3, H, W] in [0, 1]  ->  views, same shape and range.
at::Tensor photometric_view(const at::Tensor& images, double strength, Rng& rng);

}  // namespace bgraph::features

// A little world to fit encoders in: images of coloured quadrants, voxels that each like one colour in one quadrant.
#pragma once

#include <bgraph/sdk/values.h>

namespace bgraph::encoding {

struct World {
  Images images;
  Betas betas;
  Voxels voxels;
};

/// Two subjects of 5 and 8 voxels; images numbered from `first_image`; `trials` images per subject, of their own.
/// The voxels are the same for every call, the noise (sd) is drawn by `seed`.
World make_world(int64_t trials, int64_t first_image, const std::string& split, double noise, int64_t seed);

/// An untrained backbone of two tapped stages: random filters are features enough here.
Model small_backbone();

}  // namespace bgraph::encoding

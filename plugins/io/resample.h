// Resizing as the papers' own code did it: every filter is a matrix per axis, image' = A_h image A_w^T.
//
//   area       mean of the covered pixels (what OpenCV calls INTER_AREA)
//   bilinear   two nearest pixels, corners not aligned, no antialias (torchvision 0.16 on tensors)
//   antialias  triangle as wide as the shrinking (torchvision >= 0.17, PIL)
//   skimage    Gaussian of sd (scale - 1) / 2 cut at 4 sd, then bilinear, mirrored at the edges
//              (scikit-image resize(..., anti_aliasing=True); the published NSD images)
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace bgraph::io {

/// Weights of the input pixels in every output pixel: [out, in] double, rows sum to 1.
at::Tensor resampling_matrix(const std::string& filter, int64_t in, int64_t out);

/// images [N, C, H, W] uint8 -> [N, C, size, size] uint8, computed in float32, rounded to nearest even and clipped.
at::Tensor resampled(const at::Tensor& images, int64_t size, const std::string& filter);

}  // namespace bgraph::io

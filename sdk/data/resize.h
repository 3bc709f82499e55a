// Resizing of pictures: five ways that published numbers were made with, each under its own name.
//
//   bilinear            pixel centres at (i + 1/2) in/out - 1/2, no antialias: torchvision 0.16 on tensors, what
//                       reported scores used (0.17 made antialias the default; they differ where images shrink)
//   bilinear_antialias  the triangle widened by in/out where images shrink
//   bicubic_antialias   the same with the cubic a = -1/2; it overshoots and is not clamped
//   area                every pixel is the mean of those it covers (OpenCV's INTER_AREA)
//   gaussian            scikit-image `resize`, order 1 with anti_aliasing: a Gaussian of sigma (in/out - 1)/2 cut at
//                       4 sigma, then bilinear, both mirrored at the border without repeating the edge pixel
//
// Bytes are computed in float32, rounded to the nearest even number and clipped.
// An image that has the size already is returned as it is.
// Source: torchvision.transforms.Resize; scikit-image 0.19 transform.resize.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace bgraph {

enum class ResizeMethod { bilinear, bilinear_antialias, bicubic_antialias, area, gaussian };

struct Resize {
  int64_t size = 0;  // pixels of both sides; 0 keeps the images as they are
  ResizeMethod method = ResizeMethod::bilinear;
};

/// images [N, C, H, W] float or uint8  ->  [N, C, size, size], same dtype.
at::Tensor resized(const at::Tensor& images, Resize to);

/// "bilinear", "bilinear_antialias", ... Error naming the five for another word.
ResizeMethod resize_method(const std::string& name);

}  // namespace bgraph

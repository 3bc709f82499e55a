// Bilinear resizing as the published scores used it: corners not aligned, with or without antialias.
//
// Without antialias is what the reported numbers were made with (torchvision 0.16 on tensors); with it is the
// default since 0.17. The two differ when an image is made smaller.
#pragma once

#include <ATen/core/Tensor.h>

namespace bgraph::metrics {

struct Resize {
  int64_t size = 0;  // pixels; 0 keeps the images as they are
  bool antialias = false;
};

/// images [N, 3, H, W]  ->  [N, 3, size, size].
at::Tensor resize_bilinear(const at::Tensor& images, Resize to);

}  // namespace bgraph::metrics

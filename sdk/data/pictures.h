// Pictures as arrays: planes of bytes, central squares, sizes. Each picture by itself, so that any batch of them gives the same.
#pragma once

#include <ATen/core/Tensor.h>
#include <bgraph/sdk/data/resize.h>

namespace bgraph {

/// Pictures as files hold them, [n, H, W, 3] or [n, 3, H, W], bytes or floats in 0..1  ->  [n, 3, H, W] uint8.
at::Tensor in_planes(const at::Tensor& pictures);

/// Cut to the central square and resized.   [n, 3, H, W] uint8 -> [n, 3, size, size] uint8
at::Tensor central_squares(const at::Tensor& pictures, Resize to);

/// Bytes or floats  ->  float32 in [0, 1].
at::Tensor unit_range(const at::Tensor& pixels);

/// Resized in float and clamped to [0, 1], with `bytes` rounded to 256 levels.   [n, 3, H, W] -> [n, 3, size, size]
at::Tensor resized_in_unit_range(const at::Tensor& pixels, Resize to, bool bytes);

}  // namespace bgraph

// Position tables on another grid than the one they were learned on.
//
// A vision transformer learns a vector per patch on a square grid, side x side. For another image size the grid of
// vectors is resampled bicubically (align_corners = false, a = -0.75). Two ways are in use, and differ visibly in the
// numbers:
//
//   antialias    to the new size, with the kernel widened when the grid shrinks         (DINOv2 with registers)
//   by_factor    no widening; coordinates follow the factor (size + 0.1) / side, not the ratio of sizes   (DINOv2)
//
// Source: DINOv2's released vision_transformer.py, options interpolate_antialias and interpolate_offset.
#pragma once

#include <ATen/core/Tensor.h>

namespace bgraph::features {

enum class Resampling { antialias, by_factor };

/// table [1, 1 + side^2, D], its first row for the class token and never resampled  ->  [1, 1 + height * width, D].
/// The table itself where the grid is the learned one. Computed in float32, returned in the table's precision.
at::Tensor positions_on_grid(const at::Tensor& table, int64_t height, int64_t width, Resampling how);

}  // namespace bgraph::features

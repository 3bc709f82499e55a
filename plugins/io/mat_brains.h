// From the arrays of a small MATLAB data set to values: one subject, grey stimuli, training and held-out trials.
#pragma once

#include "rows.h"

#include <bgraph/sdk/context.h>
#include <bgraph/sdk/values.h>

#include <string>

namespace bgraph::io {

struct SmallSet {
  std::string subject, space;
  at::Tensor responses;  // [N, V]
  at::Tensor pixels;     // [N, H, W] uint8
  at::Tensor image_id;   // [N] int64
  at::Tensor category;   // [N] int64
};

/// Betas of these trials, z-scored by the training trials.
Betas betas_of(const SmallSet& set, const HeldOut& held, const at::Tensor& rows, const std::string& split);

/// One image per distinct image_id of these trials, in order of first appearance.
Images images_of(const SmallSet& set, const at::Tensor& rows, const std::string& split);

/// Voxels of which nothing but their number is known.
Voxels unplaced_voxels(const SmallSet& set);

/// Warns of NaN columns and copied trials, with counts and names.
void report_oddities(const SmallSet& set, const std::string& file, Context& ctx);

}  // namespace bgraph::io

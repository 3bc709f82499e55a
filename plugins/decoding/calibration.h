// Linear maps from predicted to true tokens, layer by layer, fitted on training predictions only.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace bgraph::decoding {

struct Calibration {
  at::Tensor map;    // [D, D]: true = predicted map + shift
  at::Tensor shift;  // [P, D]
};

/// predicted and target [N, P, D]. kind "scale": one factor, sum(p t) / sum(p p), no shift; "linear": least squares
/// with one map for all positions and a shift for each. InfoNCE leaves the mean of every position open as well, and a
/// map that has to restore the means is not the one that restores what differs between images. A ridge of 1e-3 of the
/// mean variance of the predictions keeps directions that are not predicted from being blown up.
Calibration fit_calibration(const std::string& kind, const at::Tensor& predicted, const at::Tensor& target);

}  // namespace bgraph::decoding

// The deterministic images and values of the reference case `metrics` (golden/metrics.json), made again by its rule.
//
//   image k of 8, size H: x = col / (H - 1), y = row / (H - 1), (a, b, p, q, r, s) = input.par[k]
//   four families (gradient, checkerboard, waves, noise); reconstruction k mixes images k and k + 1 with noise
#pragma once

#include <bgraph/sdk/contract/manifest.h>

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>

namespace bgraph::metrics {

struct GoldenMetrics {
  Json file;
  at::Tensor seen, recon;            // [8, 3, 224, 224] float32
  at::Tensor feat_real, feat_recon;  // [8, 40] float64

  const Json& output(const std::string& name) const;
  at::Tensor values(const std::string& name) const;  // float64, of the record's shape
  double tolerance(const std::string& name) const;   // its tol_abs
};

/// The case, or nothing (with a warning) where the golden folder is not there.
const GoldenMetrics* golden_metrics();

}  // namespace bgraph::metrics

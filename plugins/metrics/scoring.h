// The scores of one method's reconstructions: every metric, one value per row.
#pragma once

#include "identification.h"
#include "judge.h"
#include "score_tables.h"
#include "ssim.h"

#include <string>
#include <vector>

namespace bgraph::metrics {

struct ScoringSettings {
  Resize resize;            // before PixCorr and SSIM
  bool gaussian = true, uniform = false;  // which SSIM windows
  int64_t ways = 0;         // N of the N-way top-1; 0 = all seen images
};

/// The seen images as scoring needs them.
struct SeenImages {
  at::Tensor pixels;        // [N, 3, H, W] in [0, 1]
  at::Tensor category;      // [N], or undefined
  JudgedFeatures judged;    // undefined tensors without a judge
  at::Tensor labels, labels_within;  // [permutations, N] relabellings of the images, and those inside categories
};

/// recon [M, 3, H, W] in [0, 1], of the size of the seen images, and what the judge sees of it. The order of scores is that of the table.
std::vector<Score> score_rows(const SeenImages& seen, const at::Tensor& recon, const JudgedFeatures& judged,
                              const RowPlaces& places, const ScoringSettings& settings);

}  // namespace bgraph::metrics

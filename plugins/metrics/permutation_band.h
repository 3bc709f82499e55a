// Permutation band: where mean two-way identification lies when images and reconstructions do not belong together.
//
// The image labels are permuted, all reconstructions of one image moving together (in every subject alike), and
// the mean is taken again. Within category, labels are permuted inside their category. A score inside the central
// 95 % of these means is not evidence of anything.
#pragma once

#include "bootstrap.h"
#include "identification.h"

namespace bgraph::metrics {

/// `permutations` relabellings of `images` images  ->  [permutations, images] int64; with `category` [images] defined,
/// an image's label stays inside its category.
at::Tensor permuted_labels(int64_t images, const at::Tensor& category, int64_t permutations, Rng rng);

/// Means of two-way identification under the relabellings  ->  [permutations] float64.
/// r [N, M], labels as above for the same candidates; NaN where no reconstruction has a distractor.
at::Tensor permuted_two_way(const at::Tensor& r, const Candidates& candidates, const at::Tensor& labels);

}  // namespace bgraph::metrics

// Permutation band: where mean two-way identification lies when images and reconstructions do not belong together.
//
// The image labels are permuted, all reconstructions of one image moving together (in every subject alike), and
// the mean is taken again. Within category, labels are permuted inside their category.
//
//   [nodes.scores] reports the central 95 % of it; a score inside the band is not evidence of anything.
#pragma once

#include "bootstrap.h"
#include "identification.h"

namespace bgraph::metrics {

/// Means of two-way identification under permuted labels  ->  [permutations] float64.
/// r [N, M]; NaN where no reconstruction has a distractor.
at::Tensor permuted_two_way(const at::Tensor& r, const Candidates& candidates, int64_t permutations, Rng rng);

}  // namespace bgraph::metrics

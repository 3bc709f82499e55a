// One random relabelling of image ids: every id that occurs becomes another that occurs, each once.
#pragma once

#include <ATen/core/Tensor.h>
#include <bgraph/sdk/data/rng.h>

namespace bgraph::analysis {

/// Ids after a permutation of the distinct ones; rows with equal ids stay together  ->  the shape of image_id.
inline at::Tensor relabelled(const at::Tensor& image_id, Rng rng) {
  const auto [ids, place] = at::_unique(image_id, true, true);  // sorted ids, and where each row's id stands
  return ids.index_select(0, rng.permutation(ids.size(0))).index_select(0, place.flatten()).view(image_id.sizes());
}

}  // namespace bgraph::analysis

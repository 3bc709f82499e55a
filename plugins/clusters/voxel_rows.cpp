#include "voxel_rows.h"

#include <torch/types.h>

namespace bgraph::clusters {

VoxelRows unit_rows(const at::Tensor& table) {
  const auto rows = table.to(at::kDouble);
  const auto length = rows.square().sum(1).sqrt();  // NaN rows have length NaN
  const auto voxel = length.gt(0.0).logical_and(length.isfinite()).nonzero().flatten();
  return {rows.index_select(0, voxel) / length.index_select(0, voxel).unsqueeze(1), voxel};
}

at::Tensor spread_labels(const at::Tensor& label, const at::Tensor& voxel, int64_t voxels) {
  return at::full({voxels}, -1, at::kLong).index_copy_(0, voxel, label);
}

}  // namespace bgraph::clusters

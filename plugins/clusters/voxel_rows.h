// Rows to cluster: learned rows of voxels, scaled to length one; those that say nothing are set aside.
#pragma once

#include <ATen/core/Tensor.h>

namespace bgraph::clusters {

struct VoxelRows {
  at::Tensor rows;   // [n, D] double, length 1
  at::Tensor voxel;  // [n] int64, which voxels they belong to
};

/// Voxels whose row is zero (never fitted) or not finite are left out.   Source: Brain-IT (arXiv:2510.25976), V2C
VoxelRows unit_rows(const at::Tensor& table);

/// Labels of some voxels as a map over all: -1 elsewhere.   [V] int64
at::Tensor spread_labels(const at::Tensor& label, const at::Tensor& voxel, int64_t voxels);

}  // namespace bgraph::clusters

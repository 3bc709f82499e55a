// VoxelBatch: the responses of B trials of possibly different subjects, ragged.
#pragma once

#include <ATen/core/Tensor.h>

namespace bgraph {

/// Sample b holds entries offsets[b] .. offsets[b + 1): betas[j] of voxel voxel[j] (global index).
/// Within one sample each voxel stands once: a voxel drawn twice contributes one edge.
struct VoxelBatch {
  at::Tensor betas;    // [M] float32
  at::Tensor voxel;    // [M] int64
  at::Tensor offsets;  // [B + 1] int64

  int64_t size() const { return offsets.size(0) - 1; }
};

}  // namespace bgraph

// The voxels of a batch, counting-sorted by functional cluster: segment (c, b) holds the voxels of sample b in
// cluster c. Clusters come first, so that one cluster's rows of the voxel table are read for the whole batch
// while they are in cache, and so that clusters can be worked on in parallel: a voxel belongs to one only.
#pragma once

#include <bgraph/sdk/components/voxel_batch.h>

namespace bgraph::tokens {

struct VoxelSegments {
  at::Tensor entry;    // [n] int64: which element of the batch's betas
  at::Tensor voxel;    // [n] int64: its row of the voxel table
  at::Tensor offsets;  // [K * B + 1] int64: segment c * B + b is offsets[c * B + b] .. offsets[c * B + b + 1)
  int64_t samples = 0;
  int64_t clusters = 0;

  /// 1 where a cluster has a voxel in a sample, else 0: [B, K, 1] of this type.
  at::Tensor occupied(at::ScalarType dtype) const;
};

/// v2c [V] int64 in [-1, K); voxels of cluster -1 are left out. Of a voxel that a sample holds twice only the
/// last occurrence counts, as in the reference graph (one edge per distinct voxel).
/// Errors: a voxel index outside [0, V), a cluster outside [-1, K), arrays that do not fit each other.
VoxelSegments segments_of(const VoxelBatch& batch, const at::Tensor& v2c, int64_t clusters);

}  // namespace bgraph::tokens

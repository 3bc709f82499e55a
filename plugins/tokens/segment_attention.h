// Attention of each cluster over its own voxels, one pass per row of the voxel table:
//
//   alpha_j = softmax over the voxels j of sample b in cluster c of  a_j (e_j . u_c)
//   s_bc    = sum_j alpha_j a_j e_j                                      a_j beta, e_j row of the voxel table
//
// Nothing of size voxels x D is ever stored: forward keeps two numbers per voxel, backward reads the rows again.
#pragma once

#include "voxel_segments.h"

namespace bgraph::tokens {

/// betas [M], voxel_embedding [V, D], direction u [K, D], of one floating type on the CPU  ->  s [B, K, D];
/// an empty segment gives zeros. Differentiable in all three; the sums run in float64 for float64 inputs and
/// in float32 otherwise.
at::Tensor segment_attention(const at::Tensor& betas, const at::Tensor& voxel_embedding,
                             const at::Tensor& direction, const VoxelSegments& segments);

}  // namespace bgraph::tokens

// Running a predictor over many trials: all voxels, all queries, without gradients.
#pragma once

#include "trial_set.h"

#include <bgraph/sdk/components/predictor.h>

#include <functional>

namespace bgraph::decoding {

/// Outputs [B, Q', out_dim] for a batch and queries from anywhere, where the table is. With gradient.
at::Tensor outputs_of(Predictor& predictor, const VoxelBatch& batch, const at::Tensor& voxel_table, const at::Tensor& v2c,
                      const at::Tensor& queries);

/// Outputs [N, Q, out_dim] for these trials, `batch` of them at a time; after_batch(done) may be empty.
at::Tensor predict_tokens(Predictor& predictor, const TrialSet& trials, const std::vector<int64_t>& which,
                          const at::Tensor& voxel_table, const at::Tensor& v2c, int64_t batch,
                          const std::function<void(int64_t)>& after_batch = {});

/// The map a predictor reads: -1 for every voxel where no clusters are given. Error if a predictor that reads
/// brain tokens is given none, or if the map has another number of voxels.
at::Tensor cluster_of_voxels(const at::Tensor& cluster, int64_t voxels, bool needed);

/// Error if the betas reach beyond so many voxels.
void require_voxels(const Betas& betas, int64_t voxels);

}  // namespace bgraph::decoding

#include "token_prediction.h"

#include <bgraph/sdk/contract/error.h>
#include <torch/types.h>

#include <algorithm>

namespace bgraph::decoding {

at::Tensor outputs_of(Predictor& predictor, const VoxelBatch& batch, const at::Tensor& voxel_table, const at::Tensor& v2c,
                      const at::Tensor& queries) {
  const auto place = voxel_table.device();
  return predictor.forward({batch.betas.to(place), batch.voxel.to(place), batch.offsets.to(place)}, voxel_table,
                           v2c.to(place), queries.to(place));
}

at::Tensor predict_tokens(Predictor& predictor, const TrialSet& trials, const std::vector<int64_t>& which,
                          const at::Tensor& voxel_table, const at::Tensor& v2c, int64_t batch,
                          const std::function<void(int64_t)>& after_batch) {
  const at::NoGradGuard guard;
  const at::Tensor queries = at::arange(predictor.queries());
  std::vector<at::Tensor> outputs;
  const auto count = static_cast<int64_t>(which.size());
  const auto batch_at = [&](int64_t begin) { return std::vector<int64_t>(which.begin() + begin, which.begin() + std::min(count, begin + batch)); };
  for (int64_t begin = 0; begin < count; begin += batch) {
    const VoxelBatch voxels = trials.batch(batch_at(begin));
    if (begin + batch < count) trials.read_ahead(batch_at(begin + batch));
    outputs.push_back(outputs_of(predictor, voxels, voxel_table, v2c, queries).cpu());
    if (after_batch) after_batch(std::min(count, begin + batch));
  }
  return at::cat(outputs);
}

at::Tensor cluster_of_voxels(const at::Tensor& cluster, int64_t voxels, bool needed) {
  if (!cluster.defined()) {
    if (needed) throw Error("this predictor reads brain tokens, but no 'v2c' is given", "wire a clusters node to 'v2c'");
    return at::full({voxels}, -1, at::kLong);
  }
  if (cluster.numel() != voxels)
    throw Error("'v2c' has " + std::to_string(cluster.numel()) + " voxels, expected " + std::to_string(voxels),
                "cluster the voxels that the betas were measured in");
  return cluster;
}

void require_voxels(const Betas& betas, int64_t voxels) {
  if (betas.voxels() > voxels)
    throw Error("the betas reach voxel " + std::to_string(betas.voxels()) + ", the voxel table has " + std::to_string(voxels),
                "take the voxel table, or its voxels, and the betas from one data node");
}

}  // namespace bgraph::decoding

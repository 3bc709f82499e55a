#include "voxel_segments.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/values/tensor.h>

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

namespace bgraph::tokens {

namespace {

/// Cluster of every entry of the batch, -1 for what contributes nothing.
std::vector<int64_t> cluster_of_entries(const VoxelBatch& batch, const at::Tensor& v2c, int64_t clusters) {
  const at::Tensor voxels = batch.voxel.contiguous(), map = v2c.contiguous(), bounds = batch.offsets.contiguous();
  const int64_t* voxel = voxels.data_ptr<int64_t>();
  const int64_t* cluster_of = map.data_ptr<int64_t>();
  const int64_t* offsets = bounds.data_ptr<int64_t>();
  std::vector<int64_t> last(static_cast<size_t>(map.numel()), -1);  // newest entry of each voxel
  std::vector<int64_t> cluster(static_cast<size_t>(voxels.numel()), -1);
  for (int64_t b = 0; b < batch.size(); ++b) {
    for (int64_t j = offsets[b]; j < offsets[b + 1]; ++j) {
      if (voxel[j] < 0 || voxel[j] >= map.numel())
        throw Error("voxel " + std::to_string(voxel[j]) + " is outside v2c, which has " +
                    std::to_string(map.numel()) + " voxels",
                    "take betas and v2c from the same voxels");
      last[static_cast<size_t>(voxel[j])] = j;
    }
    for (int64_t j = offsets[b]; j < offsets[b + 1]; ++j)
      if (last[static_cast<size_t>(voxel[j])] == j) cluster[static_cast<size_t>(j)] = cluster_of[voxel[j]];
  }
  for (const int64_t c : cluster)
    if (c < -1 || c >= clusters)
      throw Error("v2c names cluster " + std::to_string(c) + ", the tokenizer has " + std::to_string(clusters));
  return cluster;
}

}  // namespace

VoxelSegments segments_of(const VoxelBatch& batch, const at::Tensor& v2c, int64_t clusters) {
  if (batch.betas.numel() != batch.voxel.numel())
    throw ShapeError("a batch of " + shape_text(batch.betas) + " betas names " + shape_text(batch.voxel) + " voxels");
  const int64_t samples = batch.size();
  const auto cluster = cluster_of_entries(batch, v2c, clusters);
  const at::Tensor bounds = batch.offsets.contiguous(), voxels = batch.voxel.contiguous();
  const int64_t* sample_offsets = bounds.data_ptr<int64_t>();

  VoxelSegments segments{.samples = samples, .clusters = clusters};
  segments.offsets = at::zeros({clusters * samples + 1}, at::kLong);
  int64_t* offsets = segments.offsets.data_ptr<int64_t>();
  const auto each_entry = [&](auto&& visit) {
    for (int64_t b = 0; b < samples; ++b)
      for (int64_t j = sample_offsets[b]; j < sample_offsets[b + 1]; ++j)
        if (const int64_t c = cluster[static_cast<size_t>(j)]; c >= 0) visit(j, c * samples + b);
  };
  each_entry([&](int64_t, int64_t segment) { ++offsets[segment + 1]; });
  for (int64_t s = 0; s < clusters * samples; ++s) offsets[s + 1] += offsets[s];

  segments.entry = at::empty({offsets[clusters * samples]}, at::kLong);
  int64_t* entry = segments.entry.data_ptr<int64_t>();
  std::vector<int64_t> next(offsets, offsets + clusters * samples);
  each_entry([&](int64_t j, int64_t segment) { entry[next[static_cast<size_t>(segment)]++] = j; });
  segments.voxel = voxels.index_select(0, segments.entry);  // [n]
  return segments;
}

at::Tensor VoxelSegments::occupied(at::ScalarType dtype) const {
  const at::Tensor count = offsets.slice(0, 1) - offsets.slice(0, 0, -1);             // [K * B]
  return count.gt(0).view({clusters, samples}).t().unsqueeze(2).to(dtype).contiguous();  // [B, K, 1]
}

}  // namespace bgraph::tokens

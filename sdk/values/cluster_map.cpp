#include <bgraph/sdk/values/cluster_map.h>

#include <bgraph/sdk/contract/error.h>

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

namespace bgraph {

Value ClusterMap::to_value() const {
  return {.type = kType,
          .meta = {{"method", method}, {kItems, cluster.size(0)}},
          .tensors = {{"cluster", cluster}, {"centres", centres}}};
}

ClusterMap ClusterMap::from_value(const Value& value) {
  return {value.tensors.at("cluster"), value.tensors.at("centres"), value.meta.at("method")};
}

ClusterOrder order_by_cluster(const at::Tensor& cluster, int64_t clusters) {
  const at::Tensor labels = cluster.contiguous();
  const int64_t* label = labels.data_ptr<int64_t>();
  const int64_t voxels = labels.numel();
  at::Tensor offsets = at::zeros({clusters + 1}, at::TensorOptions().dtype(at::kLong));
  int64_t* offset = offsets.data_ptr<int64_t>();
  for (int64_t v = 0; v < voxels; ++v) {
    if (label[v] >= clusters || label[v] < -1)
      throw Error("voxel " + std::to_string(v) + " has cluster " + std::to_string(label[v]) +
                  ", expected -1 or less than " + std::to_string(clusters));
    if (label[v] >= 0) ++offset[label[v] + 1];
  }
  for (int64_t c = 0; c < clusters; ++c) offset[c + 1] += offset[c];
  at::Tensor order = at::empty({offset[clusters]}, at::TensorOptions().dtype(at::kLong));
  std::vector<int64_t> next(offset, offset + clusters);
  for (int64_t v = 0; v < voxels; ++v)
    if (label[v] >= 0) order.data_ptr<int64_t>()[next[static_cast<size_t>(label[v])]++] = v;
  return {order, offsets};
}

}  // namespace bgraph

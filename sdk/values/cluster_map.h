// ClusterMap (V2C): which functional cluster each voxel belongs to.
#pragma once

#include <bgraph/sdk/value.h>

#include <string>

namespace bgraph {

struct ClusterMap {
  static constexpr const char* kType = "ClusterMap";

  at::Tensor cluster;  // [V] int64 in [0, K), -1 = none
  at::Tensor centres;  // [K, D] float32 in the space that was clustered; [K, 0] where there is none
  std::string method;  // "gmm", "xyz", "parcels", ...

  int64_t clusters() const { return centres.size(0); }

  Value to_value() const;
  static ClusterMap from_value(const Value& value);
};

/// Voxels counting-sorted by cluster: order[offsets[c] .. offsets[c+1]) are the voxels of cluster c.
struct ClusterOrder {
  at::Tensor order;    // [number of voxels with a cluster] int64
  at::Tensor offsets;  // [K + 1] int64
};
ClusterOrder order_by_cluster(const at::Tensor& cluster, int64_t clusters);

}  // namespace bgraph

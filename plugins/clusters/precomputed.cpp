// clusters.precomputed: a voxel-to-cluster map made elsewhere.
//
// Either labels [V] (cluster of every voxel, -1 = none), or lists [K, M]: row c names the voxels of cluster c by
// global index, padded with -1 (the form of published maps). An empty list stays an empty cluster.
// Errors: a voxel that does not exist or stands in two lists, labels of another number of voxels.
//
// Source: Brain-IT (arXiv:2510.25976), authors' release, for the padded form.
//
//   [nodes.clusters]
//   type   = "clusters.precomputed"
//   inputs = { map = "published_map", voxels = "brains.voxels" }

#include <bgraph/sdk/node.h>
#include <torch/types.h>

namespace bgraph::clusters {

struct PrecomputedParams {
  template <class Visitor>
  void visit(Visitor&) {}
};

class Precomputed final : public Node {
 public:
  explicit Precomputed(PrecomputedParams) {}

  In<Tensor> map{this, "map", "labels [V] or padded lists [K, M], integers"};
  In<Voxels> voxels{this, "voxels", "the voxels it belongs to"};
  Out<ClusterMap> v2c{this, "v2c", "cluster of every voxel"};

  void run(Context&) override {
    if (!at::isIntegralType(map->scalar_type(), false) || map->dim() < 1 || map->dim() > 2)
      throw ShapeError("a map is labels [V] or lists [K, M] of integers, found " + shape_text(*map));
    const auto given = map->to(at::kLong);
    v2c = given.dim() == 1 ? of_labels(given) : of_lists(given);
  }

 private:
  ClusterMap of_labels(const at::Tensor& labels) const {
    if (labels.numel() != voxels->size())
      throw ShapeError("labels of " + std::to_string(labels.numel()) + " voxels, but there are " +
                       std::to_string(voxels->size()));
    return {labels, at::zeros({labels.max().item<int64_t>() + 1, 0}), "precomputed"};
  }

  ClusterMap of_lists(const at::Tensor& lists) const {
    const auto places = lists.ge(0).nonzero();  // [n, 2]: cluster, place in its list
    const auto voxel = lists.masked_select(lists.ge(0));
    if (voxel.numel() > 0 && voxel.max().item<int64_t>() >= voxels->size())
      throw Error("the map names voxel " + std::to_string(voxel.max().item<int64_t>()) + ", but there are only " +
                  std::to_string(voxels->size()));
    const auto uses = at::bincount(voxel, {}, voxels->size());
    if (uses.max().item<int64_t>() > 1)
      throw Error("voxel " + std::to_string(uses.argmax().item<int64_t>()) + " stands in two clusters of the map");
    auto cluster = at::full({voxels->size()}, -1, at::kLong);
    cluster.index_copy_(0, voxel, places.select(1, 0));
    return {cluster, at::zeros({lists.size(0), 0}), "precomputed"};
  }
};

BGRAPH_NODE(Precomputed, "clusters.precomputed")

}  // namespace bgraph::clusters

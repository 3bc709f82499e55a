// clusters.nearest: a new subject's voxels join the clusters of the training voxels they are most like.
//
//   neighbour(v) = argmin over reference voxels u of || x_v / |x_v| - x_u / |x_u| ||       x: encoder rows
//   cluster(v)   = cluster(neighbour(v))
//
// The clusters are not fitted again: what was learned per cluster keeps its meaning. The neighbours are kept, too: a
// decoder's rows for the new voxels start from those of their neighbours. A voxel without a row (zero or not finite)
// gets cluster and neighbour -1; reference voxels without a row are nobody's neighbour.
//
// Source: Brain-IT (arXiv:2510.25976), transfer; authors' release (nearest training voxel, its label copied).
//
//   [nodes.new_clusters]
//   type   = "clusters.nearest"
//   inputs = { table = "transfer.table", reference = "encoder.table", reference_v2c = "clusters.v2c" }

#include "voxel_rows.h"

#include <bgraph/sdk/node.h>
#include <torch/types.h>

namespace bgraph::clusters {

struct NearestParams {
  template <class Visitor>
  void visit(Visitor&) {}
};

class Nearest final : public Node {
 public:
  explicit Nearest(NearestParams) {}

  In<VoxelTable> table{this, "table", "encoder rows of the new voxels"};
  In<VoxelTable> reference{this, "reference", "encoder rows of the training voxels"};
  In<ClusterMap> reference_v2c{this, "reference_v2c", "clusters of the training voxels"};
  Out<ClusterMap> v2c{this, "v2c", "cluster of every new voxel"};
  Out<Tensor> neighbour{this, "neighbour", {"V"}, at::kLong, "training voxel nearest to each new voxel, -1 = none"};

  void run(Context& ctx) override {
    if (reference_v2c->cluster.size(0) != reference->rows.size(0))
      throw ShapeError("'reference_v2c' has " + std::to_string(reference_v2c->cluster.size(0)) + " voxels, 'reference' " +
                       std::to_string(reference->rows.size(0)));
    if (table->rows.size(1) != reference->rows.size(1))
      throw ShapeError("rows of " + std::to_string(table->rows.size(1)) + " numbers cannot be compared with rows of " +
                       std::to_string(reference->rows.size(1)), "take both from one encoder");
    const VoxelRows known = unit_rows(reference->rows), fresh = unit_rows(table->rows);
    if (known.voxel.size(0) == 0) throw Error("no training voxel has a row");
    const int64_t block = std::max<int64_t>(1, (int64_t{1} << 24) / known.voxel.size(0));  // 128 MB of products
    std::vector<at::Tensor> nearest{at::empty({0}, at::kLong)};
    for (int64_t from = 0; from < fresh.voxel.size(0); from += block) {
      ctx.stop_if_cancelled();
      ctx.progress(from, fresh.voxel.size(0));
      // Rows of length one: the nearest has the largest product.
      nearest.push_back(fresh.rows.slice(0, from, from + block).matmul(known.rows.t()).argmax(1));
    }
    const at::Tensor found = known.voxel.index_select(0, at::cat(nearest));
    const int64_t voxels = table->rows.size(0);
    neighbour = Tensor(spread_labels(found, fresh.voxel, voxels), {"V"});
    v2c = ClusterMap{spread_labels(reference_v2c->cluster.index_select(0, found), fresh.voxel, voxels), reference_v2c->centres,
                     reference_v2c->method};
  }
};

BGRAPH_NODE(Nearest, "clusters.nearest")

}  // namespace bgraph::clusters

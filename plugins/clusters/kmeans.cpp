// clusters.kmeans: functional clusters by k-means over the encoder's voxel rows, scaled to length one.
//
// Started by a seeded k-means++ draw, iterated until no voxel changes its cluster. Voxels whose row is zero or not
// finite get -1.
//
// Source: Universal Brain Encoder (arXiv:2406.12179), exploration of the embedding. Differs: rows scaled to length
// one first, as for the mixture.
//
//   [nodes.clusters]
//   type   = "clusters.kmeans"
//   k      = 32
//   inputs = { table = "encoder.table" }

#include "lloyd.h"
#include "voxel_rows.h"

#include <bgraph/sdk/node.h>
#include <torch/types.h>

namespace bgraph::clusters {

struct KMeansNodeParams {
  int64_t k = 128;
  int64_t iterations = 300;

  template <class Visitor>
  void visit(Visitor& field) {
    field("k", k, at_least(1), "K, clusters");
    field("iterations", iterations, at_least(1), "at most so many");
  }
};

class KMeansNode final : public Node {
 public:
  explicit KMeansNode(KMeansNodeParams params) : params_(params) { draws_numbers(); }

  In<VoxelTable> table{this, "table", "the encoder's voxel rows", kFits};
  Out<ClusterMap> v2c{this, "v2c", "cluster of every voxel"};

  void run(Context& ctx) override {
    const auto voxels = unit_rows(table->rows);
    if (voxels.rows.size(0) < params_.k)
      throw Error(std::to_string(params_.k) + " clusters of " + std::to_string(voxels.rows.size(0)) +
                  " voxels are not possible", "ask for fewer clusters");
    const auto found =
        lloyd(voxels.rows, spread_centres(voxels.rows, params_.k, ctx.rng("start")), params_.iterations);
    v2c = ClusterMap{spread_labels(found.label, voxels.voxel, table->rows.size(0)),
                     found.centres.to(at::kFloat), "kmeans"};
  }

 private:
  KMeansNodeParams params_;
};

BGRAPH_NODE(KMeansNode, "clusters.kmeans")

}  // namespace bgraph::clusters

// clusters.gmm: functional clusters, a Gaussian mixture over the encoder's voxel rows of all subjects.
//
//   x_v = row of voxel v, scaled to length one
//   v2c = argmax over k of w_k N(x_v; m_k, C_k)
//
// Started by k-means from a seeded k-means++ draw, then expectation-maximisation in double (mixture.h).
// Voxels whose row is zero or not finite (never fitted) get -1. With covariance = "auto" clusters of fewer than
// 5 rows per dimension get diagonal covariances, with a warning: a full one would only describe the ridge.
//
// Source: Brain-IT (arXiv:2510.25976), voxel-to-cluster map: K = 128, hard labels; scikit-learn's defaults (full
// covariance, tol 1e-3, ridge 1e-6, 100 iterations). Differs: the seed is fixed, `auto`, and the fit may use a
// subsample of rows (60 000; all rows are labelled).
//
//   [nodes.clusters]
//   type   = "clusters.gmm"
//   k      = 32
//   inputs = { table = "encoder.table" }

#include "fitted_clusters.h"
#include "voxel_rows.h"

#include <bgraph/sdk/node.h>
#include <torch/types.h>

namespace bgraph::clusters {

struct GmmParams {
  int64_t k = 128;
  MixtureParams mixture;

  template <class Visitor>
  void visit(Visitor& field) {
    field("k", k, at_least(1), "K, clusters");
    mixture.visit(field);
  }
};

class Gmm final : public Node {
 public:
  explicit Gmm(GmmParams params) : params_(std::move(params)) { draws_numbers(); }

  In<VoxelTable> table{this, "table", "the encoder's voxel rows", kFits};
  Out<ClusterMap> v2c{this, "v2c", "cluster of every voxel"};

  void run(Context& ctx) override {
    const auto voxels = unit_rows(table->rows);
    const auto fitted = fit_clusters(ctx, voxels.rows, params_.k, params_.mixture, 0);
    v2c = ClusterMap{spread_labels(fitted.label, voxels.voxel, table->rows.size(0)),
                     fitted.centres.to(at::kFloat), "gmm"};
  }

 private:
  GmmParams params_;
};

BGRAPH_NODE(Gmm, "clusters.gmm")

}  // namespace bgraph::clusters

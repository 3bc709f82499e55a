// The common part of clusters.gmm and clusters.xyz: a mixture started by k-means, and hard labels.
#pragma once

#include "mixture.h"

#include <bgraph/sdk/context.h>
#include <bgraph/sdk/params.h>

namespace bgraph::clusters {

struct MixtureParams {
  std::string covariance = "auto";
  double tolerance = 1e-3;
  double ridge = 1e-6;
  int64_t iterations = 100;
  int64_t fit_rows = 60000;

  template <class Visitor>
  void visit(Visitor& field) {
    field("covariance", covariance, one_of({"auto", "full", "diag"}),
          "auto: full where a cluster has at least 5 rows per dimension, else diag");
    field("tolerance", tolerance, at_least(0), "smallest gain in mean log-likelihood that goes on");
    field("ridge", ridge, at_least(0), "added to every variance");
    field("iterations", iterations, at_least(1), "at most so many");
    field("fit_rows", fit_rows, at_least(1), "rows the mixture is fitted to; drawn where there are more");
  }
};

struct FittedClusters {
  at::Tensor label;    // [N] int64
  at::Tensor centres;  // [K, D] double
};

/// rows [N, D] double, finite. Warns about few rows per cluster and about a fit that has not settled.
FittedClusters fit_clusters(Context& ctx, const at::Tensor& rows, int64_t clusters, const MixtureParams& params,
                            int64_t draw);

}  // namespace bgraph::clusters

#include "fitted_clusters.h"

#include "lloyd.h"

#include <bgraph/sdk/contract/error.h>
#include <fmt/format.h>
#include <torch/types.h>

namespace bgraph::clusters {

namespace {

Covariance kind_for(Context& ctx, const at::Tensor& rows, int64_t clusters, const std::string& asked) {
  const int64_t D = rows.size(1);
  const double each = static_cast<double>(rows.size(0)) / static_cast<double>(clusters);
  const bool few = each < 5.0 * static_cast<double>(D);
  if (few && asked != "diag")
    ctx.warn(fmt::format("{:.0f} rows per cluster are few for a full covariance of {} dimensions{}", each, D,
                         asked == "auto" ? ": the diagonal is used" : ""));
  return asked == "diag" || (asked == "auto" && few) ? Covariance::diagonal : Covariance::full;
}

}  // namespace

FittedClusters fit_clusters(Context& ctx, const at::Tensor& rows, int64_t clusters, const MixtureParams& params,
                            int64_t draw) {
  const int64_t N = rows.size(0);
  if (N < clusters)
    throw Error(fmt::format("{} clusters of {} voxels are not possible", clusters, N), "ask for fewer clusters");
  const auto some = N <= params.fit_rows
                        ? rows
                        : rows.index_select(0, ctx.rng("rows", draw).sample(N, params.fit_rows));
  const auto kind = kind_for(ctx, some, clusters, params.covariance);
  const auto start = lloyd(some, spread_centres(some, clusters, ctx.rng("start", draw)));
  const auto fit = fit_mixture(some, mixture_of_labels(some, start.label, clusters, kind, params.ridge),
                               {params.tolerance, params.ridge, params.iterations});
  for (size_t i = 0; i < fit.bounds.size(); ++i)
    ctx.metric(draw == 0 ? "log-likelihood" : fmt::format("log-likelihood {}", draw), static_cast<int64_t>(i),
               fit.bounds[i]);
  if (!fit.converged)
    ctx.warn(fmt::format("the mixture has not settled after {} iterations", fit.bounds.size()));
  return {assign(fit.mixture, rows).label, fit.mixture.means};
}

}  // namespace bgraph::clusters

// clusters.xyz: anatomical clusters, a Gaussian mixture over voxel positions in mm, all subjects in one space.
//
// The mixture of clusters.gmm (k-means start, double) over positions instead of learned rows, or with
// method = "kmeans" the clusters of clusters.kmeans, positions as they lie: what function adds is the difference
// between the two. With per_hemisphere each half is fitted alone and gets its share of the K clusters by its number
// of voxels (at least one; left first). Voxels without a position (or, then, without a hemisphere) get -1, and are
// counted in a warning. Positions that are voxel numbers of a subject's own volume are refused.
//
// Source: Brain-IT (arXiv:2510.25976), ablation "clustering by location", on fsaverage. Differs: K, the algorithm and
// the handling of hemispheres are not published; these are ours.
//
//   [nodes.clusters]
//   type   = "clusters.xyz"
//   k      = 32
//   inputs = { voxels = "brains.voxels" }

#include "fitted_clusters.h"
#include "lloyd.h"
#include "voxel_rows.h"

#include <bgraph/sdk/node.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>

namespace bgraph::clusters {

struct XyzParams {
  int64_t k = 128;
  bool per_hemisphere = true;
  std::string method = "gmm";
  MixtureParams mixture;

  template <class Visitor>
  void visit(Visitor& field) {
    field("k", k, at_least(2), "K, clusters of both hemispheres together");
    field("per_hemisphere", per_hemisphere, any(), "no cluster spans the midline");
    field("method", method, one_of({"gmm", "kmeans"}), "a mixture with hard labels, or k-means, which takes its `iterations` alone");
    mixture.visit(field);
  }
};

class Xyz final : public Node {
 public:
  explicit Xyz(XyzParams params) : params_(std::move(params)) { draws_numbers(); }

  In<Voxels> voxels{this, "voxels", "positions in a space that all subjects share", kFits};
  Out<ClusterMap> v2c{this, "v2c", "cluster of every voxel"};

  void run(Context& ctx) override {
    if (voxels->unit != "mm")
      throw Error("voxels are placed by " + voxels->unit + " in '" + voxels->space + "', expected mm in a space that all subjects share",
                  "read the data on fsaverage, or take another clustering");
    const auto placed = voxels->position.isfinite().all(1);  // [V]
    std::vector<at::Tensor> groups;                          // voxels fitted together
    if (params_.per_hemisphere) {
      for (const int64_t side : {0, 1}) groups.push_back(members(placed.logical_and(voxels->hemisphere.eq(side))));
    } else {
      groups.push_back(members(placed));
    }
    const auto shares = shares_of(groups);

    auto cluster = at::full({voxels->size()}, -1, at::kLong);
    std::vector<at::Tensor> centres;
    int64_t first = 0;
    for (size_t g = 0; g < groups.size(); ++g) {
      if (shares[g] == 0) continue;
      const auto rows = voxels->position.index_select(0, groups[g]).to(at::kDouble);
      const auto [label, centre] = clusters_of(ctx, rows, shares[g], static_cast<int64_t>(g));
      cluster.index_copy_(0, groups[g], label + first);
      centres.push_back(centre.to(at::kFloat));
      first += shares[g];
    }
    const int64_t without = cluster.lt(0).sum().item<int64_t>();
    if (without > 0) ctx.warn(std::to_string(without) + " voxels without a position are in no cluster");
    v2c = ClusterMap{cluster, at::cat(centres), "xyz"};
  }

 private:
  FittedClusters clusters_of(Context& ctx, const at::Tensor& rows, int64_t count, int64_t group) const {
    if (params_.method == "gmm") return fit_clusters(ctx, rows, count, params_.mixture, group);
    const KMeans found = lloyd(rows, spread_centres(rows, count, ctx.rng("start", 0, group)), params_.mixture.iterations);
    return {found.label, found.centres};
  }

  static at::Tensor members(const at::Tensor& mask) { return mask.nonzero().flatten(); }

  /// K divided among the groups by size.
  std::vector<int64_t> shares_of(const std::vector<at::Tensor>& groups) const {
    int64_t total = 0;
    for (const auto& group : groups) total += group.numel();
    if (total == 0) throw Error("no voxel has a position", "take another clustering, or a data set with coordinates");
    std::vector<int64_t> shares;
    int64_t left = params_.k, voxels_left = total;
    for (const auto& group : groups) {
      const int64_t n = group.numel();
      const int64_t others = voxels_left > n ? 1 : 0;  // leave one for the side to come
      const auto fair = std::llround(static_cast<double>(left) * static_cast<double>(n) / static_cast<double>(std::max<int64_t>(1, voxels_left)));
      shares.push_back(n == 0 ? 0 : std::clamp<int64_t>(fair, 1, left - others));
      left -= shares.back();
      voxels_left -= n;
    }
    return shares;
  }

  XyzParams params_;
};

BGRAPH_NODE(Xyz, "clusters.xyz")

}  // namespace bgraph::clusters

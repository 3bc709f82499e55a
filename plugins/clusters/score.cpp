// clusters.score: do clusters follow function, and do they span subjects?
//
//   ami               adjusted mutual information of clusters and true voxel types (simulated brains know them):
//                     1 = the same partition, 0 = chance
//   subject_entropy   entropy of the subjects within a cluster over log(subjects), median over clusters:
//                     1 = every subject contributes alike, 0 = a cluster is one subject's own
//
// Voxels without a cluster or type (-1) are left out. The types score, and fit nothing.
//
// Source: Vinh, Epps & Bailey 2010 (adjusted mutual information, arithmetic mean); the entropy is ours.
//
//   [nodes.clusters_score]
//   type   = "clusters.score"
//   inputs = { v2c = "clusters.v2c", voxels = "brains.voxels", types = "brains.voxel_types" }

#include "agreement.h"

#include <bgraph/sdk/node.h>
#include <torch/types.h>

namespace bgraph::clusters {

struct ScoreParams {
  template <class Visitor>
  void visit(Visitor&) {}
};

class Score final : public Node {
 public:
  explicit Score(ScoreParams) {}

  In<ClusterMap> v2c{this, "v2c", "the clusters"};
  In<Voxels> voxels{this, "voxels", "whose voxel is whose"};
  In<Tensor> types{this, "types", {"V"}, at::kLong, "true type of every voxel; -1 = none"};
  Out<Table> scores{this, "scores", "one row: the method"};

  void run(Context&) override {
    if (v2c->cluster.numel() != voxels->size() || types->numel() != voxels->size())
      throw ShapeError("'v2c' is " + shape_text(v2c->cluster) + " and 'types' is " + shape_text(*types) +
                       ", expected [V] with V = " + std::to_string(voxels->size()));
    const auto known = v2c->cluster.ge(0).logical_and(types->ge(0)).nonzero().flatten();
    if (known.numel() == 0) throw Error("no voxel has both a cluster and a type");
    const auto cluster = v2c->cluster.index_select(0, known), type = types->index_select(0, known);
    const auto entropies =
        subject_entropy(cluster, voxels->subject.index_select(0, known), static_cast<int64_t>(voxels->subjects.size()));

    Table table;
    table.title = "clusters";
    table.column("clusters").column("voxels").column("ami", "", "higher").column("subject_entropy", "", "higher");
    table.notes = {"ami: adjusted mutual information with the simulation's voxel types.",
                   "subject_entropy: median over clusters; 1 = all subjects alike."};
    auto& cells = table.row(v2c->method).cells;
    cells["clusters"] = static_cast<double>(entropies.numel());
    cells["voxels"] = static_cast<double>(known.numel());
    cells["ami"] = adjusted_mutual_information(type, cluster);
    cells["subject_entropy"] = entropies.median().item<double>();
    scores = std::move(table);
  }
};

BGRAPH_NODE(Score, "clusters.score")

}  // namespace bgraph::clusters

// clusters.parcels: the parcels of an atlas as clusters.
//
// Parcels without a voxel are dropped and the others numbered 0 .. K-1 in the atlas' order; voxels outside every
// parcel are one extra cluster at the end (where there are any).
//
// Source: Brain-IT (arXiv:2510.25976), ablation with Schaefer's parcels. Differs: what happens outside the parcels is
// not published; the extra cluster is ours.
//
//   [nodes.clusters]
//   type   = "clusters.parcels"
//   inputs = { voxels = "brains.voxels" }

#include <bgraph/sdk/node.h>
#include <torch/types.h>

namespace bgraph::clusters {

struct ParcelsParams {
  template <class Visitor>
  void visit(Visitor&) {}
};

class Parcels final : public Node {
 public:
  explicit Parcels(ParcelsParams) {}

  In<Voxels> voxels{this, "voxels", "with the parcel of each voxel"};
  Out<ClusterMap> v2c{this, "v2c", "cluster of every voxel"};

  void run(Context&) override {
    const auto inside = voxels->parcel.ge(0);
    if (!inside.any().item<bool>())
      throw Error("no voxel lies in a parcel", "take voxels with an atlas, or another clustering");
    const auto present = std::get<0>(at::_unique(voxels->parcel.masked_select(inside), /*sorted=*/true));
    const int64_t parcels = present.numel();
    const auto label = at::searchsorted(present, voxels->parcel.contiguous());
    const bool outside = !inside.all().item<bool>();
    v2c = ClusterMap{label.masked_fill(inside.logical_not(), parcels),
                     at::zeros({parcels + (outside ? 1 : 0), 0}), "parcels"};
  }
};

BGRAPH_NODE(Parcels, "clusters.parcels")

}  // namespace bgraph::clusters

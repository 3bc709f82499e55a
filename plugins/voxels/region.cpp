// voxels.region: the voxels of named regions, in all that speaks of voxels.
//
// Kept is what lies in any of `regions` (as the reader names them: "V1v", "FFA-1", "ventral"; without any, everything), and has an
// ncsnr of at least `ncsnr` (unknown ones are kept while it is 0). Neither looks at a response. Voxels get new global indices.
//
//   [nodes.early]
//   type    = "voxels.region"
//   regions = ["V1v", "V1d", "V2v", "V2d"]
//   inputs  = { voxels = "data.voxels", betas = "data.train", test = "data.test" }

#include "splits.h"

#include <ATen/ops/ones_like.h>
#include <ATen/ops/zeros_like.h>

namespace bgraph::voxels {

struct RegionParams {
  std::vector<std::string> regions;
  double ncsnr = 0;

  template <class Visitor>
  void visit(Visitor& field) {
    field("regions", regions, any(), "names of regions; empty = everywhere");
    field("ncsnr", ncsnr, at_least(0), "least noise-ceiling SNR, unitless");
  }
};

class Region final : public OverSplits {
 public:
  explicit Region(RegionParams params) : params_(std::move(params)) {}

  In<Voxels> voxels{this, "voxels", "the voxels of these trials"};
  Out<Voxels> out_voxels{this, "voxels", "those that are left", "=voxels"};

  void run(Context&) override {
    at::Tensor inside = params_.regions.empty() ? at::ones_like(voxels->subject, at::kBool) : at::zeros_like(voxels->subject, at::kBool);
    for (const auto& name : params_.regions) inside = inside.logical_or(voxels->region(name));
    if (params_.ncsnr > 0) inside = inside.logical_and(voxels->ncsnr.ge(params_.ncsnr));
    const at::Tensor index = inside.nonzero().flatten();
    if (index.numel() == 0) throw Error("no voxel lies in these regions with an ncsnr of at least " + std::to_string(params_.ncsnr));
    each({{"what", "region"}, {"regions", params_.regions}, {"ncsnr", params_.ncsnr}}, [&](const SubjectBetas& trials, size_t) {
      const int64_t begin = trials.first_voxel, end = begin + trials.voxels();
      SubjectBetas some = trials.columns(index.masked_select(index.ge(begin).logical_and(index.lt(end))) - begin);
      some.first_voxel = index.lt(begin).sum().item<int64_t>();
      return some;
    });
    out_voxels = voxels->select(index);
  }

 private:
  RegionParams params_;
};

BGRAPH_NODE(Region, "voxels.region")

}  // namespace bgraph::voxels

// voxels.noise_ceiling: the most variance any model could explain, voxel by voxel.
//
//   NC = 100 * ncsnr^2 / (ncsnr^2 + 1/n)        n = trials averaged per image
//
// ncsnr = 0 gives 0; NaN (a voxel outside the brain mask) stays NaN.
//
// Source: Allen et al. 2022 (NSD), Methods, noise ceiling. Differs: one n for all images.
//
//   [nodes.ceiling]
//   type   = "voxels.noise_ceiling"
//   trials = 3
//   inputs = { voxels = "brains.voxels" }

#include <bgraph/sdk/node.h>

namespace bgraph::voxels {

struct NoiseCeilingParams {
  int64_t trials = 3;

  template <class Visitor>
  void visit(Visitor& field) {
    field("trials", trials, at_least(1), "presentations averaged per image; 1 scores single trials");
  }
};

class NoiseCeiling final : public Node {
 public:
  explicit NoiseCeiling(NoiseCeilingParams params) : params_(params) {}

  In<Voxels> voxels{this, "voxels", "voxels with their ncsnr (signal sd / noise sd, unitless)"};
  Out<Tensor> ceiling{this, "ceiling", {"V"}, at::kFloat, "explainable variance, percent"};

  void run(Context&) override {
    const at::Tensor signal = voxels->ncsnr.square();                      // [V] variance; noise variance is 1
    const double noise = 1.0 / static_cast<double>(params_.trials);        // what averaging leaves of the noise
    ceiling = Tensor(100.0 * signal / (signal + noise), {"V"}, "percent");  // [V] in [0, 100)
  }

 private:
  NoiseCeilingParams params_;
};

BGRAPH_NODE(NoiseCeiling, "voxels.noise_ceiling")

}  // namespace bgraph::voxels

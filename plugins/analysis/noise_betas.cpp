// analysis.noise_betas: Gaussian noise with the statistics of measured responses.
//
//   noise = mean + G (betas - mean) / sqrt(N)        G [N, N] standard normal, per subject
//
// Each row is a random mixture of all centred trials: Gaussian, with the mean of every voxel and the covariance of
// all voxels as measured, and no relation to the image of its row. Fed through a trained decoder it shows what the
// decoder makes of nothing. Voxels that were not measured in a trial (NaN) stay so.
//
//   [nodes.noise]
//   type   = "analysis.noise_betas"
//   inputs = { betas = "brains.validation" }

#include <bgraph/sdk/node.h>

#include <cmath>

namespace bgraph::analysis {

struct NoiseBetasParams {
  template <class Visitor>
  void visit(Visitor&) {}
};

class NoiseBetas final : public Node {
 public:
  explicit NoiseBetas(NoiseBetasParams) { draws_numbers(); }

  In<Betas> betas{this, "betas", "measured responses"};
  Out<Betas> noise{this, "betas", "noise in their place, with their image ids", "=betas"};

  void run(Context& ctx) override {
    if (!betas->views.empty())
      throw Error("predicted responses that are not stored have no statistics yet", "set materialize = \"store\" where they are made");
    Betas result = *betas;
    for (size_t s = 0; s < result.subjects.size(); ++s)
      result.subjects[s].betas = like(result.subjects[s].betas, ctx.rng("mixture", 0, static_cast<int64_t>(s)));
    noise = std::move(result);
  }

 private:
  static at::Tensor like(const at::Tensor& measured, Rng rng) {  // [N, V]
    const int64_t trials = measured.size(0);
    const at::Tensor absent = measured.isnan();
    const at::Tensor mean = measured.nanmean(0, true);                              // [1, V]
    const at::Tensor centred = (measured - mean).masked_fill(absent, 0);            // [N, V]
    const at::Tensor mixed = rng.normal({trials, trials}).matmul(centred) / std::sqrt(static_cast<double>(trials));
    return (mean + mixed).masked_fill(absent, std::nanf(""));
  }
};

BGRAPH_NODE(NoiseBetas, "analysis.noise_betas")

}  // namespace bgraph::analysis

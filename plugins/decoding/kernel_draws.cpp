// decoding.kernel_draws: new images drawn from a kernel density of examples: the prior of decoding.kernel_posterior,
// as training images for a network.
//
//   x = mean + basis^T (scale (a z_m + sqrt(h) e)) + a (x_m - pixels(z_m)),   e ~ N(0, I), a = sqrt(1 - h)
//
// m is each example in turn, z_m its whitened principal components, h the bandwidth; h = 0 repeats the examples. Pixels
// are clamped to [0, 1] and stored as bytes, three equal channels. image_id counts the draws, in an id space of its own,
// "draws of <space>". Draws of test images are what they were drawn from: the split label is that of the examples.
//
// `choice` (of decoding.kernel_posterior) replaces components and bandwidth by those chosen inside training trials.
//
// Source: smoothed bootstrap, Silverman 1986, Density Estimation, section 6.4 (shrunk so that the variance stays).
//
//   [nodes.external]
//   type   = "decoding.kernel_draws"
//   count  = 16000
//   inputs = { examples = "mnist.images", choice = "kernel_posterior.choice" }

#include "image_prior.h"
#include "measured_trials.h"

#include <bgraph/sdk/data/chosen.h>
#include <bgraph/sdk/node.h>
#include <torch/types.h>

#include <cmath>

namespace bgraph::decoding {

struct KernelDrawsParams {
  int64_t count = 16000;
  int64_t components = 30;
  double bandwidth = 0.25;

  template <class Visitor>
  void visit(Visitor& field) {
    field("count", count, at_least(1), "images drawn");
    field("components", components, at_least(1), "principal components of the examples that are smoothed");
    field("bandwidth", bandwidth, between(0, 1), "h, share of the variance that lies within a kernel");
  }
};

class KernelDraws final : public Node {
 public:
  explicit KernelDraws(KernelDrawsParams params) : params_(params) { draws_numbers(); }

  In<Images> examples{this, "examples", "images whose density is drawn from", kFits};
  In<Table> choice{this, "choice", "constants chosen elsewhere, in a row 'chosen'", kOptional};
  Out<Images> images{this, "images", "the draws", "=examples"};

  void run(Context& ctx) override {
    const int64_t components = choice.given() ? static_cast<int64_t>(chosen_constant(*choice, "components")) : params_.components;
    const double bandwidth = choice.given() ? chosen_constant(*choice, "bandwidth") : params_.bandwidth;
    const double keep = std::sqrt(1.0 - bandwidth);
    const at::Tensor pictures = flat_grey(*examples);
    const ImagePrior prior = fit_prior(pictures, components);
    const at::Tensor z = prior.coefficients(pictures), rest = pictures - prior.pixels(z);
    const at::Tensor turn = at::arange(params_.count).remainder(pictures.size(0));
    const at::Tensor noise = ctx.rng("kernel").normal({params_.count, z.size(1)}).to(at::kDouble);
    const at::Tensor drawn = prior.pixels(keep * z.index_select(0, turn) + std::sqrt(bandwidth) * noise) +
                             keep * rest.index_select(0, turn);  // [count, H * W]
    const at::Tensor bytes = drawn.clamp(0, 1).mul(255).round().to(at::kByte);
    images = Images{bytes.reshape({-1, 1, examples->pixels.size(2), examples->pixels.size(3)}).expand({-1, 3, -1, -1}).contiguous(),
                    at::arange(params_.count), examples->category.index_select(0, turn), "draws of " + examples->id_space,
                    examples->split};
  }

 private:
  KernelDrawsParams params_;
};

BGRAPH_NODE(KernelDraws, "decoding.kernel_draws")

}  // namespace bgraph::decoding

// inversion.dip: images whose network tokens are the given ones, through a deep image prior.
//
//   image(theta) = generator(z + jitter), theta fitted by Adam:
//   loss = mean over layers of || tap_l(image) - target_l ||^2 / numbers of layer l
//   result = moving average of the images along the way:  a <- decay a + (1 - decay) image
//
// Target tokens are folded to maps first (copies and overlaps averaged); how they were cut follows from their
// sizes and the network's. The network's taps come in units of their standard deviation, so layers weigh alike.
// Each image has a generator, random numbers (by its row) and an end of its own; several run side by side as
// grouped convolutions, which changes nothing but the time. An image is done when its average has moved by less
// than `settle` (root mean square over `settle_every` iterations), or after `iterations`.
//
// Source: Brain-IT (arXiv:2510.25976), low-level branch; Ulyanov et al. 2018. The release: channels 128, three
// scales, 1800 iterations, rate 0.001, decay 0.99, jitter 1/30, rendered at twice the network's size.
// Differs: jitter is uniform of the same standard deviation (ten times cheaper to draw); images may stop when
// they have settled; defaults are sized for 32 x 32 images on one core, where zero padding gives back more of the
// image than reflection (PixCorr .977 against .969 from true tokens).
//
//   [nodes.low_images]
//   type   = "inversion.dip"
//   inputs = { targets = "low_pred.features", network = "low_net" }

#include "dip_fit.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/nn/tokenisation.h>
#include <bgraph/sdk/node.h>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>

namespace bgraph::inversion {

struct DipParams {
  int64_t input_depth = 16;
  std::vector<int64_t> down = {16, 24};
  std::vector<int64_t> up = {16, 24};
  std::vector<int64_t> skip = {4, 4};
  std::string padding = "zeros";
  int64_t render_scale = 1;
  double input_scale = 0.1;
  int64_t iterations = 200;
  double rate = 0.01;
  double jitter = 1.0 / 30.0;
  double decay = 0.95;
  double settle = 0.0;
  int64_t settle_every = 20;
  int64_t side_by_side = 16;

  template <class Visitor>
  void visit(Visitor& field) {
    field("input_depth", input_depth, at_least(1), "channels of the generator's fixed input noise");
    field("down", down, at_least(1), "generator channels on the way down, per scale, outermost first");
    field("up", up, at_least(1), "generator channels on the way up, per scale");
    field("skip", skip, at_least(1), "channels of the skip path, per scale");
    field("padding", padding, one_of({"reflect", "zeros"}), "what the generator's convolutions see beyond the border");
    field("render_scale", render_scale, at_least(1), "image size over the size the network looks at");
    field("input_scale", input_scale, above(0), "input noise is uniform in [0, input_scale)");
    field("iterations", iterations, at_least(1), "Adam steps per image, at most");
    field("rate", rate, above(0), "learning rate");
    field("jitter", jitter, at_least(0), "standard deviation of the noise added to the input in each iteration");
    field("decay", decay, between(0, 1), "of the moving average of images; 0: the last image");
    field("settle", settle, at_least(0), "an image is done when its average moves less than this; 0: never");
    field("settle_every", settle_every, at_least(1), "iterations between two looks at that");
    field("side_by_side", side_by_side, at_least(1), "images fitted together, at most; bounds the memory");
  }
};

class Dip final : public Node {
 public:
  explicit Dip(DipParams params) : params_(std::move(params)) {
    draws_numbers();
    in_chunks_of(16);
  }

  In<Features> targets{this, "targets", "tokens to invert, true or predicted", kEach};
  In<Model> network{this, "network", "the ImageBackbone the tokens are of"};
  Out<Images> images{this, "images", "float, in [0, 1]; a row per row of the targets", "=targets"};

  void run(Context& ctx) override {
    const auto backbone = ctx.build<ImageBackbone>(*network);
    std::vector<at::Tensor> done;
    for (int64_t begin = 0; begin < targets->size(); begin += params_.side_by_side) {
      const int64_t end = std::min(begin + params_.side_by_side, targets->size());
      done.push_back(inverted(ctx, *backbone, begin, end).cpu());
    }
    const int64_t side = params_.render_scale * backbone->image_size();
    images = {.pixels = done.empty() ? at::empty({0, 3, side, side}) : at::cat(done),
              .image_id = targets->image_id,
              .category = at::full_like(targets->image_id, -1),
              .id_space = targets->id_space,
              .split = targets->split};
  }

 private:
  at::Tensor inverted(Context& ctx, ImageBackbone& backbone, int64_t begin, int64_t end) {
    const int64_t runs = end - begin, side = params_.render_scale * backbone.image_size();
    const std::vector<int64_t> shape = {params_.input_depth, side, side};

    SkipNetworks generators(runs, {params_.input_depth, params_.down, params_.up, params_.skip,
                                   params_.padding == "zeros" ? Padding::zeros : Padding::reflect});
    const auto item = [&](int64_t r) { return ctx.first_item() + begin + r; };
    const auto streams = [&](const char* purpose, int64_t iteration) {
      std::vector<Rng> rngs;
      for (int64_t r = 0; r < runs; ++r) rngs.push_back(ctx.rng(purpose, iteration, item(r)));
      return rngs;
    };
    const auto noise = [&](const char* purpose, int64_t iteration) {
      std::vector<at::Tensor> fields;
      for (auto& rng : streams(purpose, iteration)) fields.push_back(rng.uniform(shape));
      return at::stack(fields).to(ctx.device());  // [R, depth, H, W] uniform in [0, 1)
    };
    generators.initialise(streams("weights", 0));
    generators.to(ctx.device());
    const at::Tensor z = noise("input", 0) * params_.input_scale;
    const double jitter = std::sqrt(12.0) * params_.jitter;  // uniform numbers have sd 1 / sqrt(12)
    DipFit fit(generators, backbone, target_maps(ctx, backbone, targets->rows(begin, end)),
               {.rate = params_.rate, .decay = params_.decay});
    for (int64_t i = 0; i < params_.iterations; ++i) {
      ctx.stop_if_cancelled();
      const auto step = fit.step(params_.jitter > 0 ? z + (noise("jitter", i) - 0.5) * jitter : z);
      if ((i + 1) % params_.settle_every != 0) continue;
      ctx.progress((begin * params_.iterations) + (i + 1) * runs, targets->size() * params_.iterations,
                   "image steps, loss " + std::to_string(step.by_layer.mean().item<double>()));
      if (fit.settled(params_.settle)) break;
    }
    return fit.average();
  }

  /// The targets as maps, beside the network's taps of the same names.
  std::vector<DipTarget> target_maps(Context& ctx, ImageBackbone& backbone, const Features& wanted) const {
    const int64_t side = backbone.image_size();
    at::NoGradGuard no_grad;
    const auto grids = backbone.forward(at::zeros({1, 3, side, side}).to(ctx.device()), {});
    std::vector<DipTarget> maps;
    for (size_t tap = 0; tap < grids.size(); ++tap) {
      const auto layer = std::find_if(wanted.layers.begin(), wanted.layers.end(),
                                      [&](const FeatureLayer& candidate) { return candidate.name == grids[tap].name; });
      if (layer == wanted.layers.end()) continue;
      const MapShape shape{grids[tap].tokens.size(2), grids[tap].height, grids[tap].width};
      const Tokenisation how = tokenisation_between(shape, layer->height, layer->width, layer->tokens.size(2));
      maps.push_back({tap, map_from_tokens(layer->tokens.to(ctx.device()), how, shape)});
    }
    if (maps.size() != wanted.layers.size())
      throw Error("the network taps " + std::to_string(maps.size()) + " of the targets' " +
                      std::to_string(wanted.layers.size()) + " layers",
                  "give the network that the target tokens were made with");
    return maps;
  }

  DipParams params_;
};

BGRAPH_NODE(Dip, "inversion.dip")

}  // namespace bgraph::inversion

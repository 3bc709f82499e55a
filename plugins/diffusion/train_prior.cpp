// diffusion.train_prior: trains the diffusion backend: images from their own semantic tokens.
//
//   loss      the backend's denoising loss on random batches of images, each with the tokens of that image
//   condition c' = m + k (c - m) + sqrt(k (1 - k)) n, k uniform in [least_explained, 1]: true tokens made to look like
//             tokens predicted from a brain (condition_noise.h). least_explained = 1 trains on true tokens only
//   rate      linear warm-up over the first 2 %, then half a cosine down to nothing
//   weights   the exponential moving average of the optimiser's, which is what is sampled from
//
// Every image needs tokens: rows are matched by image id. Tokens come from one network and one layer, which
// the model notes; the ids of the images stand in the model, so that it cannot be used on images it has seen.
// NaN in tokens is refused. A killed run continues at its last checkpoint.
//
// Source: MindEye2 (arXiv:2403.11207) trains its unCLIP prior on true tokens; Ho et al. 2020 for the averaging.
// Differs: condition augmentation, so that predicted tokens are not strange to it. The joint second stage is
// decoding.train_joint.
//
//   [nodes.prior]
//   type   = "diffusion.train_prior"
//   steps  = 1000
//   inputs = { images = "scenes", condition = "tokens" }

#include "condition_noise.h"
#include "pixel_unet_params.h"

#include <bgraph/sdk/components/diffusion_backend.h>
#include <bgraph/sdk/node.h>
#include <bgraph/sdk/train/loop.h>
#include <bgraph/sdk/train/ranks.h>
#include <torch/types.h>

#include <unordered_map>

namespace bgraph::diffusion {

struct TrainPriorParams {
  std::string name = "prior";
  int64_t steps = 1000;
  int64_t batch = 32;
  double rate = 2e-3;
  double weight_decay = 0.01;
  double average = 0.995;
  double least_explained = 0.2;
  PixelUnetDesign design;

  template <class Visitor>
  void visit(Visitor& field) {
    field("name", name, any(), "what the model is called wherever it is used");
    field("steps", steps, at_least(1), "optimiser steps");
    field("batch", batch, at_least(1), "images per step");
    field("rate", rate, above(0), "highest learning rate");
    field("weight_decay", weight_decay, at_least(0), "decoupled weight decay of AdamW");
    field("average", average, between(0, 1), "decay of the moving average of the weights, 0 = the last weights");
    field("least_explained", least_explained, between(0.01, 1),
          "smallest share of the tokens' variance that a prediction is taken to explain");
    design.visit(field);
  }
};

class TrainPrior final : public Node {
 public:
  explicit TrainPrior(TrainPriorParams params) : params_(std::move(params)) { draws_numbers(); }

  In<Images> images{this, "images", "square images to learn", kFits};
  In<Features> condition{this, "condition", "semantic tokens of these images, one layer", kFits};
  Out<Model> model{this, "model", "DiffusionBackend diffusion.pixel_unet"};

  void run(Context& ctx) override {
    const FeatureLayer& layer = only_layer();
    const auto tokens = tokens_by_image(layer).to(ctx.device());            // [N, T, D]
    const auto pixels = images->unit_range();                               // [N, 3, S, S]
    Model made = recipe(ctx, layer);
    const auto backend = ctx.build<DiffusionBackend>(made);
    backend->initialise(ctx.rng("weights"));
    backend->prepare(pixels, tokens);
    backend->train();

    const auto mean = tokens.mean(0);                                       // [T, D]
    const auto schedule = cosine_rate(params_.rate, 1, 0.02);
    const TrainOptions options{.steps = params_.steps,
                               .adam = {.weight_decay = params_.weight_decay},
                               .average = params_.average};
    train(ctx, trainable(*backend), *schedule, options, [&](const TrainStep& at) {
      Rng rng = ctx.rng("batch", at.epoch, at.step);
      const auto rows = rng.integers(images->size(), {params_.batch});
      const auto given = as_predicted(tokens.index_select(0, rows), mean, params_.least_explained, rng);
      const RowShare mine = ranks_of(ctx).share(params_.batch);
      const RowScope scope(mine);
      const auto seen = pixels.index_select(0, rows.narrow(0, mine.begin, mine.count)).to(ctx.device());
      return mine.weight() * backend->loss(seen, given.narrow(0, mine.begin, mine.count),
                                           ctx.rng("noise", at.epoch, at.step));
    });

    made.weights = weights_of(*backend);
    made.trained_on = images->image_id;
    made.trained_space = images->id_space;
    made.notes = {{"name", params_.name}, {"condition_network", condition->network}, {"condition_layer", layer.name}};
    model = std::move(made);
  }

 private:
  const FeatureLayer& only_layer() const {
    if (condition->layers.size() != 1)
      throw Error("input 'condition' expects one layer of tokens, found " + std::to_string(condition->layers.size()),
                  "choose one layer in the node that makes them");
    const FeatureLayer& layer = condition->layers.front();
    if (!layer.tokens.isfinite().all().item<bool>()) throw Error("input 'condition' has tokens that are not finite");
    return layer;
  }

  /// The tokens of every image, in the order of the images: [N, T, D].
  at::Tensor tokens_by_image(const FeatureLayer& layer) const {
    if (condition->id_space != images->id_space)
      throw Error("'condition' counts images in '" + condition->id_space + "', 'images' in '" + images->id_space + "'",
                  "take the tokens of these very images");
    std::unordered_map<int64_t, int64_t> row_of;
    for (int64_t row = 0; row < condition->size(); ++row) row_of[condition->image_id[row].item<int64_t>()] = row;
    std::vector<int64_t> rows;
    for (int64_t i = 0; i < images->size(); ++i) {
      const auto id = images->image_id[i].item<int64_t>();
      const auto found = row_of.find(id);
      if (found == row_of.end())
        throw Error("image " + std::to_string(id) + " has no tokens in 'condition'",
                    "take the tokens of these very images");
      rows.push_back(found->second);
    }
    return layer.tokens.index_select(0, at::tensor(rows, at::kLong));
  }

  Model recipe(Context& ctx, const FeatureLayer& layer) const {
    const auto& design = params_.design;
    return ctx.recipe("diffusion.pixel_unet", {{"image_size", images->pixels.size(2)},
                                               {"tokens", layer.tokens.size(1)},
                                               {"token_width", layer.tokens.size(2)},
                                               {"grid_height", layer.height},
                                               {"grid_width", layer.width},
                                               {"patch", design.patch},
                                               {"channels", design.channels},
                                               {"blocks", design.blocks},
                                               {"heads", design.heads},
                                               {"attention_side", design.attention_side},
                                               {"prediction", design.prediction},
                                               {"unconditional", design.unconditional},
                                               {"condition_dropout", design.condition_dropout},
                                               {"offset_noise", design.offset_noise}});
  }

  TrainPriorParams params_;
};

BGRAPH_NODE(TrainPrior, "diffusion.train_prior")

}  // namespace bgraph::diffusion

// features.train_network: trains a small convolutional network on labelled images.
//
//   loss = classify * CE(category) + sum_l reconstruct_l * (1 - R^2_l) + invariance * InfoNCE(two views)
//
// (pretext.h explains the three aims.) Appearance comes from a high `reconstruct`, semantics from `classify` and
// `invariance`; networks of different roles (encoder input, targets, judge) are trained by different nodes, each
// on images and numbers of its own. Afterwards mean and sd of every tap are measured on the training images and
// go with the weights: tokens come in units of their standard deviation (of their layer's, where that is larger).
//
// A held-out part of the images (the last ones) is never trained on; `scores` are measured there, every epoch.
// The last state is kept, whatever its score, so the held-out images choose nothing.
// Images without a category (-1) are an error unless classify = 0.
//
//   [nodes.low_net]
//   type     = "features.train_network"
//   name     = "low_net"
//   channels = [24, 32, 64, 96]
//   reconstruct = [1.0, 1.0, 1.0, 0.5]
//   inputs   = { images = "low_images" }

#include "photometric.h"
#include "pretext.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/node.h>
#include <bgraph/sdk/train/loop.h>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>

#include <algorithm>

namespace bgraph::features {

struct TrainNetworkParams {
  std::string name;
  std::vector<int64_t> channels = {24, 32, 64, 96};
  int64_t depth = 1;
  int64_t groups = 0;
  double classify = 1.0;
  std::vector<double> reconstruct = {1.0};
  double invariance = 0.5;
  double temperature = 0.1;
  double augment = 1.0;
  double held_out = 0.1;
  int64_t epochs = 4;
  int64_t batch = 64;
  double rate = 3e-3;

  template <class Visitor>
  void visit(Visitor& field) {
    field("name", name, required(), "what the network is called wherever it is used");
    field("channels", channels, at_least(1), "channels of each stage of features.convnet");
    field("depth", depth, at_least(1), "convolutions per stage");
    field("groups", groups, at_least(0), "groups of the GroupNorm; 0: no normalisation");
    field("classify", classify, at_least(0), "weight of the category");
    field("reconstruct", reconstruct, at_least(0), "weight of reading out patches, per stage, or one for all");
    field("invariance", invariance, at_least(0), "weight of recognising another view of the same image");
    field("temperature", temperature, above(0), "of that comparison");
    field("augment", augment, at_least(0), "strength of the photometric views");
    field("held_out", held_out, between(0, 0.5), "part of the images, the last ones, kept for the scores");
    field("epochs", epochs, at_least(1), "passes over the training images");
    field("batch", batch, at_least(2), "images per step");
    field("rate", rate, above(0), "peak learning rate of Adam; cosine schedule with one epoch of warm-up");
  }
};

class TrainNetwork final : public Node {
 public:
  explicit TrainNetwork(TrainNetworkParams params) : params_(std::move(params)) { draws_numbers(); }

  In<Images> images{this, "images", "labelled pictures; all of one size", kFits};
  Out<Model> model{this, "model", "features.convnet, trained; every stage tapped"};
  Out<Table> scores{this, "scores", "held-out accuracy, retrieval and patch R^2"};

  void run(Context& ctx) override {
    const int64_t tested = static_cast<int64_t>(params_.held_out * static_cast<double>(images->size()));
    const Images seen = images->rows(0, images->size() - tested);
    const Images unseen = images->rows(images->size() - tested, images->size());
    check(seen);

    Model recipe = ctx.recipe("features.convnet", {{"channels", params_.channels},
                                                   {"depth", params_.depth},
                                                   {"groups", params_.groups},
                                                   {"image_size", seen.pixels.size(2)}});
    const auto network = ctx.build<ImageBackbone>(recipe);
    network->initialise(ctx.rng("weights"));
    PretextHeads heads(network->forward(seen.rows(0, 1).unit_range().to(ctx.device())), seen.pixels.size(2),
                       seen.pixels.size(3), seen.category.max().item<int64_t>() + 1);
    initialise_all(heads, ctx.rng("heads"));
    heads.to(ctx.device());

    NamedTensors parameters = trainable(*network, "network.");
    parameters.merge(trainable(heads, "heads."));
    const auto schedule = cosine_rate(params_.rate, params_.epochs, 1.0);
    PretextScores last;
    const auto validate = [&] {
      at::NoGradGuard no_grad;
      Rng rng = ctx.rng("held-out views");
      last = scores_of(ctx, *network, heads, unseen, rng);
      return pretext_loss(last, weights()).item<double>();
    };
    train(ctx, parameters, *schedule,
          {.epochs = params_.epochs, .steps = seen.size() / params_.batch, .keep_best = false},
          [&](const TrainStep& at) {
            const at::Tensor order = ctx.rng("order", at.epoch).permutation(seen.size());
            Rng rng = ctx.rng("views", at.epoch, at.step);
            const at::Tensor index = order.narrow(0, at.step * params_.batch, params_.batch);
            return pretext_loss(scores_of(ctx, *network, heads, seen.select(index), rng), weights());
          },
          tested > 1 ? std::function<double()>(validate) : nullptr);
    measure_taps(ctx, *network, seen);

    recipe.weights = weights_of(*network);
    recipe.trained_on = seen.image_id;
    recipe.trained_space = seen.id_space;
    recipe.notes = {{"name", params_.name}, {"image_size", seen.pixels.size(2)}};
    model = std::move(recipe);
    scores = table_of(*network, last, unseen.size());
  }

 private:
  void check(const Images& seen) const {
    if (seen.size() < params_.batch)
      throw Error(std::to_string(seen.size()) + " images for training, less than one batch of " +
                  std::to_string(params_.batch));
    if (params_.classify > 0 && images->category.min().item<int64_t>() < 0)
      throw Error("some images have no category", "give labelled images, or set classify = 0");
    if (params_.reconstruct.size() != 1 && params_.reconstruct.size() != params_.channels.size())
      throw Error("reconstruct has " + std::to_string(params_.reconstruct.size()) + " numbers for " +
                      std::to_string(params_.channels.size()) + " stages",
                  "give one per stage, or one for all");
  }

  PretextWeights weights() const {
    auto reconstruct = params_.reconstruct;
    reconstruct.resize(params_.channels.size(), reconstruct.back());
    return {params_.classify, reconstruct, params_.invariance, params_.temperature};
  }

  /// One pass through the network for images and, where they count, views together.
  PretextScores scores_of(Context& ctx, ImageBackbone& network, const PretextHeads& heads, const Images& batch,
                          Rng& rng) const {
    const at::Tensor plain = batch.unit_range();
    const at::Tensor category = batch.category.clamp_min(0).to(ctx.device());
    if (params_.invariance == 0)
      return heads.score(plain.to(ctx.device()), category, network.forward(plain.to(ctx.device())), {}, 1.0);
    const at::Tensor views = photometric_view(plain, params_.augment, rng);
    auto grids = network.forward(at::cat({plain, views}).to(ctx.device()));
    auto view_grids = grids;
    for (size_t l = 0; l < grids.size(); ++l) {
      view_grids[l].tokens = grids[l].tokens.slice(0, batch.size());
      grids[l].tokens = grids[l].tokens.slice(0, 0, batch.size());
    }
    return heads.score(plain.to(ctx.device()), category, grids, view_grids, params_.temperature);
  }

  /// Fills the buffers "<tap>.mean" and "<tap>.sd". A quiet channel is divided by its layer's mean sd, not by its
  /// own: rare answers must not outweigh frequent ones.
  void measure_taps(Context& ctx, ImageBackbone& network, const Images& seen) const {
    at::NoGradGuard no_grad;
    const int64_t taps = static_cast<int64_t>(network.taps().size());
    std::vector<at::Tensor> sums(static_cast<size_t>(taps)), squares(static_cast<size_t>(taps));
    std::vector<double> counts(static_cast<size_t>(taps));
    for (int64_t begin = 0; begin < seen.size(); begin += params_.batch) {
      ctx.stop_if_cancelled();
      const Images batch = seen.rows(begin, std::min(begin + params_.batch, seen.size()));
      const auto grids = network.forward(batch.unit_range().to(ctx.device()));
      for (size_t l = 0; l < grids.size(); ++l) {
        const at::Tensor tokens = grids[l].tokens.flatten(0, 1).to(at::kDouble);  // [B P, D]
        sums[l] = sums[l].defined() ? sums[l] + tokens.sum(0) : tokens.sum(0);
        squares[l] = squares[l].defined() ? squares[l] + tokens.square().sum(0) : tokens.square().sum(0);
        counts[l] += static_cast<double>(tokens.size(0));
      }
    }
    auto buffers = network.named_buffers();
    for (size_t l = 0; l < sums.size(); ++l) {
      const std::string tap = network.taps()[l];
      const at::Tensor mean = sums[l] / counts[l];
      const at::Tensor sd = (squares[l] / counts[l] - mean.square()).clamp_min(0).sqrt();
      buffers[tap + ".mean"].copy_(mean);
      buffers[tap + ".sd"].copy_(sd.clamp_min(std::max(sd.mean().item<double>(), 1e-6)));
    }
  }

  Table table_of(const ImageBackbone& network, const PretextScores& last, int64_t count) const {
    Table table{.title = "Pretext scores of " + params_.name,
                .notes = {std::to_string(count) + " held-out images; a view is retrieved from among all of them"}};
    table.column("accuracy", "", "higher").column("view retrieval", "", "higher");
    for (const auto& tap : network.taps()) table.column("R2 " + tap, "", "higher");
    if (!last.accuracy.defined()) return table;
    auto& cells = table.row(params_.name).cells;
    cells["accuracy"] = last.accuracy.item<double>();
    if (last.retrieval.defined()) cells["view retrieval"] = last.retrieval.item<double>();
    const auto trained = weights().reconstruct;
    for (size_t l = 0; l < last.unexplained.size(); ++l)
      if (trained[l] > 0) cells["R2 " + network.taps()[l]] = 1.0 - last.unexplained[l].item<double>();
    return table;
  }

  TrainNetworkParams params_;
};

BGRAPH_NODE(TrainNetwork, "features.train_network")

}  // namespace bgraph::features

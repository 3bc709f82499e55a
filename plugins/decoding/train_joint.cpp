// decoding.train_joint: a trained predictor and a diffusion backend, trained on through the diffusion loss (stage 2).
//
//   c    = predictor(responses)                     semantic tokens, in the units of the network they imitate
//   loss = backend's denoising loss of the seen image under the condition c
//
// Noise levels, noise, the size vector and whether a condition is ever dropped are the backend's: diffusion.unclip draws
// t uniformly from 0..999, adds offset noise per channel and drops none; diffusion.pixel_unet does as in its own training.
//
//   trains = "all"         the predictor, its voxel table and the backend, autoencoders left alone
//   trains = "predictor"   the predictor and its voxel table, the backend frozen
//   trains = "table"       the voxel table alone: a new subject
//
// What is frozen passes gradients on and keeps its bits. The rate rises linearly from 1e-6 of itself over `warmup`
// steps and stays. The batch goes through in `pieces`, whose gradients add up: memory is that of one piece. With
// validation trials the parameters of the best validation loss are kept; `scores` has that loss before and after.
// Betas that are NaN are left out, and counted in a warning. A killed run continues at its last checkpoint.
//
// With external = "drawn" predicted responses that come as a view are computed for the trials of each step, and never held; with
// measured = "drawn" responses in files are read so, and pictures in files always are.
//
// Images are square, as large as the backend's; every trial's image is found by its id. Both models come out with the
// ids of these images added to those they were trained on.
//
// Source: Brain-IT (arXiv:2510.25976), joint training; batch 64 as 4 pieces of 16, rate and warm-up from the authors'
// release, which checkpoints activations and computes in half precision. Differs: neither here, float32 throughout.
//
//   [nodes.joint]
//   type   = "decoding.train_joint"
//   inputs = { predictor = "bit_sem.model", table = "bit_sem.table", backend = "prior", betas = ["brains.train"],
//              images = ["brains.train_images"], v2c = "clusters" }

#include "seen_images.h"
#include "token_decoder.h"
#include "token_prediction.h"
#include "training_trials.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/zeros.h>
#include <bgraph/sdk/components/autoencoder.h>
#include <bgraph/sdk/components/diffusion_backend.h>
#include <bgraph/sdk/node.h>
#include <bgraph/sdk/train/loop.h>
#include <bgraph/sdk/train/ranks.h>

#include <optional>

namespace bgraph::decoding {

struct TrainJointParams {
  std::string trains = "all";
  StepParams step{.steps = 1000, .batch = 64, .rate = 1e-5};
  int64_t pieces = 4;
  int64_t warmup = 1000;
  DrawParams draws;

  template <class Visitor>
  void visit(Visitor& field) {
    field("trains", trains, one_of({"all", "predictor", "table"}), "what is trained; the rest is frozen");
    step.visit(field);
    field("pieces", pieces, at_least(1), "pieces a batch is cut into, to save memory");
    field("warmup", warmup, at_least(0), "steps of warm-up");
    draws.visit(field);
  }
};

namespace {

/// What is trained: a decoder and a backend.
struct Joint {
  TokenDecoder decoder;
  OpenModel painter;

  NamedTensors parameters() const {
    NamedTensors all = decoder.parameters();
    all.merge(painter.parameters("backend."));
    return all;
  }

  void train(bool on) {
    decoder.model.train(on);
    painter.train(on);
  }

  at::Tensor loss(const VoxelBatch& batch, const at::Tensor& pixels, Rng noise) const {
    auto& predictor = decoder.predictor();
    const at::Tensor outputs =
        outputs_of(predictor, batch, decoder.table, decoder.v2c, at::arange(predictor.queries()));
    const at::Tensor tokens = decoder.layout.tokens(0, outputs);  // [B, P, D]
    return painter.as<DiffusionBackend>().loss(pixels.to(decoder.table.device()), tokens, noise);
  }
};

/// Trials that are not trained on, with what was seen in them.
struct HeldOutImages {
  TrialSet trials;
  SeenImages seen;
};

}  // namespace

class TrainJoint final : public Node {
 public:
  explicit TrainJoint(TrainJointParams params) : params_(std::move(params)) { draws_numbers(); }

  In<Model> predictor{this, "predictor", "Predictor of the backend's tokens, from decoding.train"};
  In<VoxelTable> table{this, "table", "what it learned per voxel"};
  In<Model> backend{this, "backend", "DiffusionBackend conditioned on these tokens"};
  InList<Betas> betas{this, "betas", "training trials: measured, and predicted ones of external images", kFits | kStored};
  InList<Images> images{this, "images", "what was seen: one for all betas, or one each", kFits | kStored};
  In<Betas> validation_betas{this, "validation_betas", "trials that choose the best parameters", kFits | kOptional | kStored};
  In<Images> validation_images{this, "validation_images", "what was seen in them", kFits | kOptional | kStored};
  In<ClusterMap> v2c{this, "v2c", "the clusters the predictor was trained with; needed for brain tokens", kOptional};

  Out<Model> model{this, "model", "the predictor, trained on"};
  Out<VoxelTable> trained_table{this, "table", "its voxel table, trained on"};
  Out<Model> trained_backend{this, "backend", "the backend, trained on"};
  Out<Table> scores{this, "scores", "denoising loss on the validation trials, before and after", "=validation_betas"};

  void run(Context& ctx) override {
    check();
    TrainingTrials trials(ctx, *betas, params_.draws, table->rows.size(0));
    const SeenImages seen(ctx, trials.set(), trials.sources(), *images, "images");
    const auto held_out = held_out_images(ctx);
    Joint joint = opened(ctx);
    const auto before = held_out ? validation_loss(ctx, joint, *held_out) : 0.0;
    fit(ctx, joint, trials, seen, held_out);
    joint.train(false);
    scores = scored(ctx, joint, held_out, before);
    const at::Tensor ids = trained_images(trials.set(), trials.sources());
    const std::string space = trials.sources()[0].id_space;
    model = trained_on(joint.decoder.model.model(), ids, space);
    trained_backend = trained_on(joint.painter.model(), ids, space);
    trained_table = VoxelTable{joint.decoder.table.detach().cpu().clone(), table->voxels};
  }

 private:
  void check() const {
    if (params_.step.batch % params_.pieces != 0)
      throw Error("a batch of " + std::to_string(params_.step.batch) + " cannot be cut into " +
                      std::to_string(params_.pieces) + " equal pieces",
                  "choose pieces that divide batch");
    if (validation_betas.given() && !validation_images.given())
      throw Error("'validation_betas' need 'validation_images'");
  }

  std::optional<HeldOutImages> held_out_images(Context& ctx) const {
    if (!validation_betas.given()) return std::nullopt;
    TrialSet trials = held_out_trials(ctx, *validation_betas, table->rows.size(0), params_.draws);
    SeenImages seen(ctx, trials, {*validation_betas}, {*validation_images}, "validation_images");
    return HeldOutImages{std::move(trials), std::move(seen)};
  }

  Joint opened(Context& ctx) const {
    const TokenLayout layout = layout_of(*predictor);
    if (layout.layers.size() != 1)
      throw Error("the predictor predicts " + std::to_string(layout.layers.size()) + " layers of tokens, expected one",
                  "train it on the one layer that conditions the backend");
    const std::string wanted = backend->notes.value("condition_network", layout.network);
    if (!same_network(wanted, layout.network))
      throw Error("the predictor imitates tokens of '" + layout.network + "', the backend reads those of '" + wanted + "'");
    Joint joint{.decoder = open_decoder(ctx, *predictor, layout, table->rows, v2c.given() ? &*v2c : nullptr),
                .painter = OpenModel(ctx, *backend)};
    joint.painter.freeze(Autoencoder::kInterface);
    if (params_.trains != "all") joint.painter.freeze();
    if (params_.trains == "table") joint.decoder.model.freeze();
    return joint;
  }

  void fit(Context& ctx, Joint& joint, TrainingTrials& trials, const SeenImages& seen,
           const std::optional<HeldOutImages>& held_out) const {
    const int64_t steps = trials.steps_per_epoch(params_.step), size = params_.step.batch / params_.pieces;
    const auto drawn = [&](int64_t number, Rng& rng) { return trials.draw(number * params_.step.batch, params_.step.batch, rng); };
    const auto piece_of = [&](const std::vector<int64_t>& which, int64_t piece) {
      return std::vector<int64_t>(which.begin() + piece * size, which.begin() + (piece + 1) * size);
    };
    const auto step = [&](const TrainStep& at) {
      joint.train(true);
      Rng rng = ctx.rng("batch", at.epoch, at.step);
      const int64_t number = at.epoch * steps + at.step;
      const auto which = drawn(number, rng);
      at::Tensor sum = at::zeros({}, joint.decoder.table.options());
      for (int64_t piece = 0; piece < params_.pieces; ++piece) {
        const std::vector<int64_t> part = piece_of(which, piece);
        joint.decoder.predictor().draw_from(ctx.rng("dropout", at.epoch, at.step * params_.pieces + piece));
        const VoxelBatch batch = trials.batch(part, rng);
        if (piece + 1 < params_.pieces) {
          trials.read_ahead(piece_of(which, piece + 1));
        } else if (const int64_t next = number + 1; next < params_.step.epochs * steps) {
          Rng then = ctx.rng("batch", next / steps, next % steps);
          trials.read_ahead(piece_of(drawn(next, then), 0));
        }
        const Rng noise = ctx.rng("noise", at.epoch, at.step * params_.pieces + piece);
        const RowShare mine = ranks_of(ctx).share(size);
        const RowScope scope(mine);
        const std::vector<int64_t> own(part.begin() + mine.begin, part.begin() + mine.begin + mine.count);
        const at::Tensor loss =
            joint.loss(rows_of(batch, mine), seen.pixels(own), noise) * mine.weight() / params_.pieces;
        if (piece + 1 == params_.pieces) return loss + sum;  // whose gradients the caller adds
        loss.backward();
        sum += loss.detach();
      }
      return sum;
    };
    const auto validate = [&] { return validation_loss(ctx, joint, *held_out); };
    const auto schedule = ramp_rate(params_.step.rate, static_cast<double>(params_.warmup) / static_cast<double>(steps));
    const TrainOptions options{.epochs = params_.step.epochs, .steps = steps,
                               .adam = {.weight_decay = params_.step.weight_decay}};
    bgraph::train(ctx, joint.parameters(), *schedule, options, step, held_out ? validate : std::function<double()>());
  }

  /// The same noise every time, so that only the networks change it.
  double validation_loss(Context& ctx, Joint& joint, const HeldOutImages& held_out) const {
    const at::NoGradGuard guard;
    joint.train(false);
    return mean_over(held_out.trials.size(), params_.step.batch / params_.pieces, [&](const std::vector<int64_t>& which) {
      const Rng noise = ctx.rng("validation noise", 0, which.front());
      return joint.loss(held_out.trials.batch(which), held_out.seen.pixels(which), noise).item<double>();
    });
  }

  Table scored(Context& ctx, Joint& joint, const std::optional<HeldOutImages>& held_out, double before) const {
    Table table{.title = "Denoising loss on the validation trials"};
    table.column("before", "", "lower").column("after", "", "lower");
    if (held_out)
      table.row("denoising loss").cells = {{"before", before}, {"after", validation_loss(ctx, joint, *held_out)}};
    return table;
  }

  TrainJointParams params_;
};

BGRAPH_NODE(TrainJoint, "decoding.train_joint")

}  // namespace bgraph::decoding

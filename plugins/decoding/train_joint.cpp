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
// Images are square, as large as the backend's; every trial's image is found by its id. Both models come out with the
// ids of these images added to those they were trained on.
//
// Source: Brain-IT (arXiv 2510.25976), joint training; batch 64 as 4 pieces of 16, rate and warm-up from the authors'
// release, which checkpoints activations and computes in half precision. Differs: neither here, float32 throughout.
//
//   [nodes.joint]
//   type   = "decoding.train_joint"
//   inputs = { predictor = "bit_sem.model", table = "bit_sem.table", backend = "prior", betas = ["brains.train"],
//              images = ["brains.train_images"], v2c = "clusters" }

#include "batch_sampler.h"
#include "open_model.h"
#include "seen_trials.h"
#include "token_layout.h"
#include "token_prediction.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <bgraph/sdk/components/autoencoder.h>
#include <bgraph/sdk/components/diffusion_backend.h>
#include <bgraph/sdk/components/predictor.h>
#include <bgraph/sdk/node.h>
#include <bgraph/sdk/train/loop.h>
#include <bgraph/sdk/train/ranks.h>
#include <bgraph/sdk/values/betas_view.h>

#include <algorithm>
#include <set>

namespace bgraph::decoding {

struct TrainJointParams {
  std::string trains = "all";
  int64_t epochs = 10;
  int64_t steps = 1000;
  int64_t batch = 64;
  int64_t pieces = 4;
  double rate = 1e-5;
  int64_t warmup = 1000;
  double weight_decay = 0.01;
  std::string averaging = "single";
  int64_t voxels_per_sample = 0;
  double external_fraction = 0.5;

  template <class Visitor>
  void visit(Visitor& field) {
    field("trains", trains, one_of({"all", "predictor", "table"}), "what is trained; the rest is frozen");
    field("epochs", epochs, at_least(1), "validations during the training");
    field("steps", steps, at_least(1), "steps per epoch");
    field("batch", batch, at_least(1), "trials per step");
    field("pieces", pieces, at_least(1), "pieces a batch is cut into, to save memory");
    field("rate", rate, above(0), "learning rate of AdamW after the warm-up");
    field("warmup", warmup, at_least(0), "steps of warm-up");
    field("weight_decay", weight_decay, at_least(0), "decoupled weight decay");
    field("averaging", averaging, one_of({"single", "repeats"}), "train on single trials or on means over repeats");
    field("voxels_per_sample", voxels_per_sample, at_least(0),
          "voxels drawn per trial and step, with replacement; 0: all voxels");
    field("external_fraction", external_fraction, between(0, 1), "share of predicted trials in a batch");
  }
};

namespace {

/// "sem_net 3f9a02c41b77" -> "sem_net": the same weights in a rebuilt plugin have another digest.
std::string name_of(const std::string& network) { return network.substr(0, network.rfind(' ')); }

/// The model with these ids added to those it was trained on. A model has one numbering of images: the notes name an
/// earlier one.
Model trained_on(Model model, const at::Tensor& ids, const std::string& space) {
  const auto* first = ids.data_ptr<int64_t>();
  std::set<int64_t> all(first, first + ids.numel());
  if (model.trained_on.defined() && model.trained_on.numel() > 0) {
    const at::Tensor before = model.trained_on.contiguous();
    const auto* known = before.data_ptr<int64_t>();
    if (model.trained_space == space) all.insert(known, known + before.numel());
    else model.notes["trained_before_on"] = model.trained_space;
  }
  model.trained_on = at::tensor(std::vector<int64_t>(all.begin(), all.end()));
  model.trained_space = space;
  return model;
}

/// What is trained: networks, voxel table, and the clusters they read.
struct Joint {
  OpenModel decoder, painter;
  TokenLayout layout;
  at::Tensor table;  // [V, D]
  at::Tensor v2c;    // [V]

  NamedTensors parameters() const {
    NamedTensors all = decoder.parameters("predictor.");
    all.merge(painter.parameters("backend."));
    all["voxel_table"] = table;
    return all;
  }

  void train(bool on) {
    decoder.train(on);
    painter.train(on);
  }

  at::Tensor loss(const VoxelBatch& batch, const at::Tensor& pixels, Rng noise) const {
    const auto place = table.device();
    auto& predictor = decoder.as<Predictor>();
    const VoxelBatch here{batch.betas.to(place), batch.voxel.to(place), batch.offsets.to(place)};
    const at::Tensor queries = at::arange(predictor.queries()).to(place);
    const at::Tensor tokens = layout.tokens(0, predictor.forward(here, table, v2c, queries));  // [B, P, D]
    return painter.as<DiffusionBackend>().loss(pixels.to(place), tokens, noise);
  }
};

}  // namespace

class TrainJoint final : public Node {
 public:
  explicit TrainJoint(TrainJointParams params) : params_(std::move(params)) { draws_numbers(); }

  In<Model> predictor{this, "predictor", "Predictor of the backend's tokens, from decoding.train"};
  In<VoxelTable> table{this, "table", "what it learned per voxel"};
  In<Model> backend{this, "backend", "DiffusionBackend conditioned on these tokens"};
  InList<Betas> betas{this, "betas", "training trials: measured, and predicted ones of external images", kFits};
  InList<Images> images{this, "images", "what was seen: one for all betas, or one each", kFits};
  In<Betas> validation_betas{this, "validation_betas", "trials that choose the best parameters", kFits | kOptional};
  In<Images> validation_images{this, "validation_images", "what was seen in them", kFits | kOptional};
  In<ClusterMap> v2c{this, "v2c", "the clusters the predictor was trained with; needed for brain tokens", kOptional};

  Out<Model> model{this, "model", "the predictor, trained on"};
  Out<VoxelTable> trained_table{this, "table", "its voxel table, trained on"};
  Out<Model> trained_backend{this, "backend", "the backend, trained on"};
  Out<Table> scores{this, "scores", "denoising loss on the validation trials, before and after", "=validation_betas"};

  void run(Context& ctx) override {
    check();
    std::vector<Betas> sources;
    for (const auto& source : *betas) {
      sources.push_back(materialized(ctx, source));
      require_voxels(sources.back(), table->rows.size(0));
    }
    const SeenTrials seen(sources, *images, params_.averaging == "repeats", "images");
    warn_not_measured(ctx, seen.trials(), "training");
    std::optional<SeenTrials> held_out;
    if (validation_betas.given()) {
      require_voxels(*validation_betas, table->rows.size(0));
      held_out.emplace(std::vector<Betas>{*validation_betas}, std::vector<Images>{*validation_images}, true,
                       "validation_images");
      warn_not_measured(ctx, held_out->trials(), "validation");
    }
    Joint joint = opened(ctx);
    const auto before = held_out ? validation_loss(ctx, joint, *held_out) : 0.0;
    fit(ctx, joint, seen, sources, held_out);
    joint.train(false);
    scores = scored(ctx, joint, held_out, before);
    const at::Tensor ids = trained_images(seen.trials(), sources);
    model = trained_on(joint.decoder.model(), ids, sources[0].id_space);
    trained_backend = trained_on(joint.painter.model(), ids, sources[0].id_space);
    trained_table = VoxelTable{joint.table.detach().cpu().clone(), table->voxels};
  }

 private:
  void check() const {
    if (params_.batch % params_.pieces != 0)
      throw Error("a batch of " + std::to_string(params_.batch) + " cannot be cut into " +
                      std::to_string(params_.pieces) + " equal pieces",
                  "choose pieces that divide batch");
    if (validation_betas.given() && !validation_images.given())
      throw Error("'validation_betas' need 'validation_images'");
  }

  Joint opened(Context& ctx) const {
    if (!predictor->notes.contains("tokens"))
      throw Error("the predictor has no layout of tokens in its notes", "take 'predictor' from decoding.train");
    const TokenLayout layout = layout_from(predictor->notes.at("tokens"));
    if (layout.layers.size() != 1)
      throw Error("the predictor predicts " + std::to_string(layout.layers.size()) + " layers of tokens, expected one",
                  "train it on the one layer that conditions the backend");
    const std::string wanted = backend->notes.value("condition_network", layout.network);
    if (name_of(wanted) != name_of(layout.network))
      throw Error("the predictor imitates tokens of '" + layout.network + "', the backend reads those of '" + wanted + "'");
    Joint joint{.decoder = OpenModel(ctx, *predictor), .painter = OpenModel(ctx, *backend), .layout = layout};
    joint.painter.freeze(Autoencoder::kInterface);
    if (params_.trains != "all") joint.painter.freeze();
    if (params_.trains == "table") joint.decoder.freeze();
    joint.table = table->rows.to(ctx.device()).clone().set_requires_grad(true);
    joint.v2c = cluster_of_voxels(v2c.given() ? v2c->cluster : at::Tensor(), joint.table.size(0),
                                  joint.decoder.as<Predictor>().reads_brain_tokens())
                    .to(ctx.device());
    return joint;
  }

  void fit(Context& ctx, Joint& joint, const SeenTrials& seen, const std::vector<Betas>& sources,
           const std::optional<SeenTrials>& held_out) const {
    TrialSampler sampler(seen.trials(), sources, params_.external_fraction,
                         [&](int64_t pass) { return ctx.rng("order", pass); });
    const auto step = [&](const TrainStep& at) {
      joint.train(true);
      const int64_t number = at.epoch * params_.steps + at.step, size = params_.batch / params_.pieces;
      Rng rng = ctx.rng("batch", at.epoch, at.step);
      const auto which = sampler.draw(number * params_.batch, params_.batch, rng);
      at::Tensor sum = at::zeros({}, joint.table.options());
      for (int64_t piece = 0; piece < params_.pieces; ++piece) {
        const std::vector<int64_t> part(which.begin() + piece * size, which.begin() + (piece + 1) * size);
        joint.decoder.as<Predictor>().draw_from(ctx.rng("dropout", at.epoch, at.step * params_.pieces + piece));
        const VoxelBatch batch = params_.voxels_per_sample > 0
                                     ? seen.trials().batch(part, params_.voxels_per_sample, rng)
                                     : seen.trials().batch(part);
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
    const auto schedule =
        ramp_rate(params_.rate, static_cast<double>(params_.warmup) / static_cast<double>(params_.steps));
    const TrainOptions options{.epochs = params_.epochs, .steps = params_.steps,
                               .adam = {.weight_decay = params_.weight_decay}};
    bgraph::train(ctx, joint.parameters(), *schedule, options, step, held_out ? validate : std::function<double()>());
  }

  /// The same noise every time, so that only the networks change it.
  double validation_loss(Context& ctx, Joint& joint, const SeenTrials& held_out) const {
    const at::NoGradGuard guard;
    joint.train(false);
    double sum = 0;
    const int64_t size = params_.batch / params_.pieces, count = held_out.trials().size();
    for (int64_t begin = 0; begin < count; begin += size) {
      std::vector<int64_t> which;
      for (int64_t i = begin; i < std::min(count, begin + size); ++i) which.push_back(i);
      const at::Tensor loss =
          joint.loss(held_out.trials().batch(which), held_out.pixels(which), ctx.rng("validation noise", 0, begin));
      sum += loss.item<double>() * static_cast<double>(which.size());
    }
    return sum / static_cast<double>(count);
  }

  Table scored(Context& ctx, Joint& joint, const std::optional<SeenTrials>& held_out, double before) const {
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

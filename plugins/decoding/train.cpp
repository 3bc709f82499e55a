// decoding.train: fits a predictor (responses -> feature tokens) to the trials of all subjects at once.
//
// Each step takes `batch` trials, measured or predicted ones of external images, draws voxels and tokens of each,
// and lowers
//
//   infonce   per layer: every predicted token must name its own target among all of the batch, both directions
//   mse       per layer: mean squared error
//
// averaged over layers. Targets are divided by their layer's standard deviation. The parameters of the best
// validation loss are kept. InfoNCE leaves amplitudes and means open: with it, `calibration` fits one map per layer and
// one shift per position from predicted to true tokens, on training trials only, and wraps the predictor in them.
//
// With `start`, the voxel table begins at the encoder's rows under a random projection (started_table.h), not at noise.
//
// Betas that are NaN are left out, and counted in a warning. Every trial's image needs features, found by image id.
// Scores are those of the validation trials, repeats averaged: two-way identification by correlation at the same
// position (chance 1/2), mean correlation, and the norm of predicted over true tokens before and after calibration.
//
// Source: Brain-IT (arXiv:2510.25976), training of BIT; voxel draws, schedule "plateau" and losses are the authors'
// release. Differs: calibration and the division by standard deviations are ours; schedule "cosine" and `start` suit
// short runs (the release begins every table at noise, and trains 10^5 steps).
//
//   [nodes.bit_low]
//   type      = "decoding.train"
//   predictor = "decoding.bit"
//   loss      = "infonce"
//   inputs    = { betas = ["brains.train", "ext_betas"], targets = ["low_train", "low_external"], v2c = "clusters",
//                 voxels = "brains.voxels", validation_betas = "brains.validation", validation_targets = "low_validation" }

#include "batch_sampler.h"
#include "calibration.h"
#include "layered_loss.h"
#include "started_table.h"
#include "target_set.h"
#include "token_prediction.h"
#include "token_scores.h"
#include "trial_images.h"

#include <bgraph/sdk/components/brain_tokenizer.h>
#include <bgraph/sdk/components/predictor.h>
#include <bgraph/sdk/node.h>
#include <bgraph/sdk/train/loop.h>
#include <bgraph/sdk/train/ranks.h>
#include <bgraph/sdk/values/betas_view.h>
#include <torch/types.h>

#include <algorithm>

namespace bgraph::decoding {

struct TrainParams {
  std::string predictor = "decoding.bit";
  std::string tokenizer = "tokens.brain_tokenizer";
  int64_t width = 128;
  int64_t heads = 4;
  int64_t blocks = 1;
  double mlp_ratio = 4.0;
  double start_scale = 0.3;
  int64_t rank = 16;
  double dropout = 0.15;
  std::string loss = "infonce";
  std::string calibration = "none";
  int64_t calibration_trials = 512;
  std::string averaging = "single";
  int64_t voxels_per_sample = 0;
  std::vector<int64_t> queries_per_layer = {16};
  double external_fraction = 0.5;
  int64_t epochs = 10;
  int64_t steps = 60;
  int64_t batch = 32;
  double rate = 1e-3;
  double warmup = 1.0;
  std::string schedule = "cosine";
  double weight_decay = 0.01;

  template <class Visitor>
  void visit(Visitor& field) {
    field("predictor", predictor, any(), "component that predicts tokens: decoding.bit, decoding.mlp, or your own");
    field("tokenizer", tokenizer, any(), "component that makes brain tokens, for predictors that read them");
    field("width", width, at_least(1), "width of the predictor");
    field("heads", heads, at_least(1), "attention heads, for predictors that have some");
    field("blocks", blocks, at_least(0), "self-attention or residual blocks of the predictor");
    field("mlp_ratio", mlp_ratio, above(0), "width of a transformer's perceptrons, in widths");
    field("start_scale", start_scale, above(0), "root mean square of a voxel table that begins at `start`");
    field("rank", rank, at_least(1), "factor rank of the MLP predictor's head");
    field("dropout", dropout, between(0, 1), "dropout of the MLP predictor");
    field("loss", loss, one_of({"infonce", "mse"}), "what is lowered, per layer");
    field("calibration", calibration, one_of({"none", "scale", "linear"}),
          "map from predicted to true tokens, one per layer with a shift per position, fitted on training trials");
    field("calibration_trials", calibration_trials, at_least(1), "training trials it is fitted to, at most");
    field("averaging", averaging, one_of({"single", "repeats"}), "train on single trials or on means over repeats");
    field("voxels_per_sample", voxels_per_sample, at_least(0),
          "voxels drawn per trial and step, with replacement; 0: all voxels");
    field("queries_per_layer", queries_per_layer, at_least(0),
          "tokens drawn per trial and step: one number for all layers, or one each; 0 or none: all tokens");
    field("external_fraction", external_fraction, between(0, 1), "share of predicted trials in a batch");
    field("epochs", epochs, at_least(1), "validations during the training");
    field("steps", steps, at_least(1), "steps per epoch");
    field("batch", batch, at_least(1), "trials per step");
    field("rate", rate, above(0), "largest learning rate of AdamW");
    field("warmup", warmup, at_least(0), "epochs of warm-up");
    field("schedule", schedule, one_of({"cosine", "plateau", "ramp"}), "what the rate does after the warm-up: falls, falls at plateaus, stays");
    field("weight_decay", weight_decay, at_least(0), "decoupled weight decay");
  }
};

namespace {

/// A predictor with what belongs to it while it is trained.
struct Decoder {
  Model recipe;
  std::shared_ptr<Predictor> predictor;
  std::shared_ptr<BrainTokenizer> tokenizer;  // none for predictors that read no brain tokens
  at::Tensor table;                           // [V, D]
  at::Tensor v2c;                             // [V]

  NamedTensors parameters() const {
    NamedTensors all = trainable(*predictor);
    if (tokenizer) all.merge(trainable(*tokenizer, "tokenizer."));
    all["voxel_table"] = table;
    return all;
  }

  Model model() const {
    Model model = recipe;
    model.weights = weights_of(*predictor);
    if (tokenizer) model.parts.at("tokenizer").weights = weights_of(*tokenizer);
    return model;
  }
};

std::vector<int64_t> numbers(int64_t count) {
  std::vector<int64_t> all;
  for (int64_t i = 0; i < count; ++i) all.push_back(i);
  return all;
}

}  // namespace

class Train final : public Node {
 public:
  explicit Train(TrainParams params) : params_(std::move(params)) { draws_numbers(); }

  InList<Betas> betas{this, "betas", "training trials: measured, and predicted ones of external images", kFits};
  InList<Features> targets{this, "targets", "tokens of their images: one for all betas, or one each", kFits};
  In<Betas> validation_betas{this, "validation_betas", "trials that choose the best parameters", kFits | kOptional};
  In<Features> validation_targets{this, "validation_targets", "tokens of their images", kFits | kOptional};
  In<ClusterMap> v2c{this, "v2c", "functional cluster of each voxel; needed for brain tokens", kOptional};
  In<Voxels> voxels{this, "voxels", "the voxels of all subjects"};
  In<VoxelTable> start{this, "start", "rows the voxel table starts from: the encoder's; default: noise", kFits | kOptional};

  Out<Model> model{this, "model", "the trained predictor; its layout of tokens stands in the notes"};
  Out<VoxelTable> table{this, "table", "what the predictor learned per voxel"};
  Out<Table> scores{this, "scores", "token scores per layer on the validation trials", "=validation_betas"};

  void run(Context& ctx) override {
    std::vector<Betas> sources;
    for (const auto& source : *betas) {
      sources.push_back(materialized(ctx, source));
      if (const int64_t reach = sources.back().voxels(); reach > voxels->size())
        throw Error("the betas reach voxel " + std::to_string(reach) + ", 'voxels' has " + std::to_string(voxels->size()),
                    "take both from one data node");
    }
    const TrialSet trials(sources, params_.averaging == "repeats");
    warn_not_measured(ctx, trials, "training");
    const TokenLayout layout = layout_of(targets[0]);
    const TargetSet wanted(trials, sources, *targets, layout, "targets");
    Decoder decoder = make_decoder(ctx, layout);
    std::optional<TrialSet> seen;
    std::optional<TargetSet> truth;
    if (validation_betas.given()) {
      if (!validation_targets.given()) throw Error("'validation_betas' need 'validation_targets'");
      seen.emplace(std::vector<Betas>{*validation_betas}, true);
      truth.emplace(*seen, std::vector<Betas>{*validation_betas}, std::vector<Features>{*validation_targets}, layout,
                    "validation_targets");
      warn_not_measured(ctx, *seen, "validation");
    }
    TrialSampler sampler(trials, sources, params_.external_fraction,
                         [&](int64_t pass) { return ctx.rng("order", pass); });
    fit(ctx, decoder, trials, wanted, sampler, seen, truth);

    decoder.predictor->eval();
    Model trained = decoder.model();
    const auto maps = params_.calibration == "none" ? std::vector<Calibration>()
                                                    : calibrate(ctx, decoder, trials, wanted, sampler);
    if (!maps.empty()) trained = calibrated(ctx, trained, layout, maps);
    trained.notes = {{"tokens", to_json(layout)}, {"loss", params_.loss}, {"calibration", params_.calibration}};
    trained.trained_space = sources[0].id_space;
    trained.trained_on = trained_images(trials, sources);
    scores = score(ctx, decoder, layout, maps, seen);
    table = VoxelTable{decoder.table.detach().clone(), voxels.digest().hex()};
    model = std::move(trained);
  }

 private:
  Decoder make_decoder(Context& ctx, const TokenLayout& layout) const {
    Json params = {{"queries", layout.queries()}, {"out_dim", layout.out_dim}};
    const Json known = ctx.recipe(params_.predictor, params).params;
    const Json own = {{"width", params_.width}, {"heads", params_.heads}, {"blocks", params_.blocks},
                      {"mlp_ratio", params_.mlp_ratio}, {"rank", params_.rank}, {"dropout", params_.dropout}};
    for (const auto& [name, value] : own.items())
      if (known.contains(name)) params[name] = value;
    Decoder decoder{.recipe = ctx.recipe(params_.predictor, params)};
    decoder.predictor = ctx.build<Predictor>(decoder.recipe);
    decoder.predictor->initialise(ctx.rng("predictor weights"));
    const bool brain_tokens = decoder.predictor->reads_brain_tokens();
    decoder.v2c = cluster_of_voxels(v2c.given() ? v2c->cluster : at::Tensor(), voxels->size(), brain_tokens);
    const int64_t width = decoder.predictor->table_width();
    if (brain_tokens) {
      Model recipe = ctx.recipe(params_.tokenizer, {{"clusters", v2c->clusters()}, {"width", width}});
      decoder.tokenizer = ctx.build<BrainTokenizer>(recipe);
      decoder.tokenizer->initialise(ctx.rng("tokenizer weights"));
      decoder.predictor->set_parts({{"tokenizer", decoder.tokenizer}});
      decoder.recipe.parts["tokenizer"] = std::move(recipe);
    }
    if (start.given() && start->voxels != voxels.digest().hex())
      throw Error("'start' holds rows of other voxels than 'voxels'", "take both from one data node");
    Rng rng = ctx.rng("voxel table");
    decoder.table = (start.given() ? started_table(start->rows, width, params_.start_scale, rng)
                                   : rng.normal({voxels->size(), width}) * decoder.predictor->table_deviation())
                        .requires_grad_(true);
    return decoder;
  }

  void fit(Context& ctx, Decoder& decoder, const TrialSet& trials, const TargetSet& wanted, TrialSampler& sampler,
           const std::optional<TrialSet>& seen, const std::optional<TargetSet>& truth) const {
    const auto loss_of = [&](const TargetSet& goal, const std::vector<int64_t>& which, const VoxelBatch& batch,
                             Rng& rng, const Ranks& ranks) {
      const auto sampled = sample_tokens(goal.layout(), params_.queries_per_layer, batch.size(), rng);
      const RowShare mine = ranks.share(batch.size());
      const RowScope scope(mine);
      const at::Tensor outputs = ranks.gather(  // the negatives of a token are in the trials of all ranks
          decoder.predictor->forward(rows_of(batch, mine), decoder.table, decoder.v2c,
                                     sampled.queries.narrow(0, mine.begin, mine.count)),
          mine);
      std::vector<at::Tensor> tokens;
      for (size_t l = 0; l < sampled.positions.size(); ++l) tokens.push_back(goal.tokens(l, which, sampled.positions[l]));
      return layered_loss(params_.loss, outputs, tokens);
    };
    const auto step = [&](const TrainStep& at) {
      decoder.predictor->train();
      decoder.predictor->draw_from(ctx.rng("dropout", at.epoch, at.step));
      Rng rng = ctx.rng("batch", at.epoch, at.step);
      const auto which = sampler.draw((at.epoch * params_.steps + at.step) * params_.batch, params_.batch, rng);
      const VoxelBatch batch =
          params_.voxels_per_sample > 0 ? trials.batch(which, params_.voxels_per_sample, rng) : trials.batch(which);
      return loss_of(wanted, which, batch, rng, ranks_of(ctx));
    };
    const auto validate = [&] {
      decoder.predictor->eval();
      double sum = 0;
      for (int64_t begin = 0; begin < seen->size(); begin += params_.batch) {
        Rng rng = ctx.rng("validation tokens", 0, begin);
        std::vector<int64_t> which;
        for (int64_t i = begin; i < std::min(seen->size(), begin + params_.batch); ++i) which.push_back(i);
        sum += loss_of(*truth, which, seen->batch(which), rng, Ranks()).item<double>() * static_cast<double>(which.size());
      }
      return sum / static_cast<double>(seen->size());
    };
    const auto schedule = params_.schedule == "cosine" ? cosine_rate(params_.rate, params_.epochs, params_.warmup)
                          : params_.schedule == "ramp" ? ramp_rate(params_.rate, params_.warmup)
                                                       : plateau_rate({.rate = params_.rate, .warmup_epochs = static_cast<int64_t>(params_.warmup)});
    const TrainOptions options{.epochs = params_.epochs, .steps = params_.steps,
                               .adam = {.weight_decay = params_.weight_decay}};
    train(ctx, decoder.parameters(), *schedule, options, step, seen ? validate : std::function<double()>());
  }

  /// One map per layer, from the predictions of measured training trials spread over all subjects.
  std::vector<Calibration> calibrate(Context& ctx, const Decoder& decoder, const TrialSet& trials,
                                     const TargetSet& wanted, const TrialSampler& sampler) const {
    std::vector<int64_t> pool = sampler.measured().empty() ? numbers(trials.size()) : sampler.measured();
    const at::Tensor order = ctx.rng("calibration trials").permutation(static_cast<int64_t>(pool.size()));
    std::vector<int64_t> which;
    for (int64_t i = 0; i < std::min(params_.calibration_trials, order.numel()); ++i)
      which.push_back(pool[static_cast<size_t>(order.data_ptr<int64_t>()[i])]);
    const at::Tensor outputs =
        predict_tokens(*decoder.predictor, trials, which, decoder.table, decoder.v2c, params_.batch);
    std::vector<Calibration> maps;
    for (size_t l = 0; l < wanted.layout().layers.size(); ++l) {
      const auto& layer = wanted.layout().layers[l];
      const at::Tensor own = outputs.narrow(1, layer.first_query, layer.positions).narrow(2, 0, layer.used());
      maps.push_back(fit_calibration(params_.calibration, own, wanted.tokens(l, which)));
    }
    return maps;
  }

  Model calibrated(Context& ctx, const Model& inner, const TokenLayout& layout, const std::vector<Calibration>& maps) const {
    std::vector<int64_t> positions, dims;
    for (const auto& layer : layout.layers) positions.push_back(layer.positions), dims.push_back(layer.used());
    Model outer = ctx.recipe("decoding.calibrated", {{"queries", layout.queries()}, {"out_dim", layout.out_dim},
                                                     {"positions", positions}, {"dims", dims}});
    for (size_t l = 0; l < maps.size(); ++l) {
      outer.weights["map" + std::to_string(l)] = maps[l].map;
      outer.weights["shift" + std::to_string(l)] = maps[l].shift;
    }
    outer.parts["predictor"] = inner;
    return outer;
  }

  Table score(Context& ctx, const Decoder& decoder, const TokenLayout& layout, const std::vector<Calibration>& maps,
              const std::optional<TrialSet>& seen) const {
    Table table{.title = "Predicted tokens on the validation trials"};
    table.column("identification", "", "higher").column("correlation", "", "higher");
    table.column("norm_ratio").column("norm_ratio_uncalibrated");
    table.notes.push_back("loss " + params_.loss + ", calibration " + params_.calibration +
                          "; repeats averaged; identification is two-way, chance 0.5");
    if (!seen) return table;
    const at::Tensor outputs = predict_tokens(*decoder.predictor, *seen, numbers(seen->size()), decoder.table,
                                              decoder.v2c, params_.batch);
    std::map<int64_t, int64_t> row_of;
    for (int64_t row = 0; row < validation_targets->size(); ++row)
      row_of[validation_targets->image_id[row].item<int64_t>()] = row;
    std::vector<int64_t> image;
    for (const Trial& trial : seen->trials()) image.push_back(row_of.at(trial.image_id));
    for (size_t l = 0; l < layout.layers.size(); ++l) {
      const auto& layer = layout.layers[l];
      const at::Tensor own = outputs.narrow(1, layer.first_query, layer.positions).narrow(2, 0, layer.used());
      const at::Tensor true_tokens = layout.target(l, validation_targets->layers[l].tokens);
      const auto raw = score_tokens(own, true_tokens, at::tensor(image));
      const auto final =
          maps.empty() ? raw : score_tokens(at::matmul(own, maps[l].map) + maps[l].shift, true_tokens, at::tensor(image));
      auto& cells = table.row(layer.name).cells;
      cells["identification"] = final.identification;
      cells["correlation"] = final.correlation;
      cells["norm_ratio"] = final.norm_ratio;
      cells["norm_ratio_uncalibrated"] = raw.norm_ratio;
      ctx.metric("identification " + layer.name, params_.epochs * params_.steps, final.identification);
    }
    return table;
  }

  TrainParams params_;
};

BGRAPH_NODE(Train, "decoding.train")

}  // namespace bgraph::decoding

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
// Nothing that grows with the number of external images need be held: responses that are a view (encoding.predict,
// materialize = "recompute") are computed for the trials of each step with external = "drawn", lazy targets (features.tokens)
// always are. The standard deviations of lazy targets cost one pass over their images. Measured responses that stay in files are
// read step by step, one step ahead, with measured = "drawn", and give the same bits.
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

#include "decoder_calibration.h"
#include "decoder_scores.h"
#include "predictor_fit.h"
#include "started_table.h"
#include "token_prediction.h"

#include <bgraph/sdk/components/brain_tokenizer.h>
#include <bgraph/sdk/node.h>
#include <torch/types.h>

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
  CalibrationParams calibration;
  DrawParams draws;
  FitParams fit;
  ScoreParams score;

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
    calibration.visit(field);
    draws.visit(field);
    fit.visit(field);
    score.visit(field);
  }
};

class Train final : public Node {
 public:
  explicit Train(TrainParams params) : params_(std::move(params)) { draws_numbers(); }

  InList<Betas> betas{this, "betas", "training trials: measured, and predicted ones of external images", kFits | kStored};
  InList<Features> targets{this, "targets", "tokens of their images: one for all betas, or one each", kFits | kStored};
  In<Betas> validation_betas{this, "validation_betas", "trials that choose the best parameters", kFits | kOptional | kStored};
  In<Features> validation_targets{this, "validation_targets", "tokens of their images", kFits | kOptional | kStored};
  In<ClusterMap> v2c{this, "v2c", "functional cluster of each voxel; needed for brain tokens", kOptional};
  In<Voxels> voxels{this, "voxels", "the voxels of all subjects"};
  In<VoxelTable> start{this, "start", "rows the voxel table starts from: the encoder's; default: noise", kFits | kOptional};

  Out<Model> model{this, "model", "the trained predictor; its layout of tokens stands in the notes"};
  Out<VoxelTable> table{this, "table", "what the predictor learned per voxel"};
  Out<Table> scores{this, "scores", "token scores per layer on the validation trials", "=validation_betas"};

  void run(Context& ctx) override {
    TrainingTrials trials(ctx, *betas, params_.draws, voxels->size());
    auto tokens = feature_rows(ctx, *targets);
    TokenDecoder decoder = fresh_decoder(ctx, layout_of(tokens[0]));
    const TargetSet wanted(trials.set(), trials.sources(), std::move(tokens), decoder.layout, "targets");
    const auto held_out = held_out_of(ctx, validation_betas.given() ? &*validation_betas : nullptr,
                                      validation_targets.given() ? &*validation_targets : nullptr, decoder, params_.draws);
    fit(ctx, decoder, params_.loss, trials, wanted, held_out, /*keep_best=*/true, params_.fit);

    const auto& step = params_.fit.step;
    const auto maps = calibrate(ctx, decoder, trials, wanted, params_.calibration, step.batch);
    Model trained = calibrated(ctx, decoder.model.model(), decoder.layout, maps);
    trained.notes = {{"tokens", to_json(decoder.layout)}, {"loss", params_.loss}, {"calibration", params_.calibration.calibration}};
    model = trained_on(std::move(trained), trained_images(trials.set(), trials.sources()), trials.sources()[0].id_space);
    table = VoxelTable{decoder.table.detach().cpu().clone(), voxels.digest().hex()};
    Table scored = decoder_scores(ctx, decoder, maps, held_out, params_.score, step.batch, step.epochs * trials.steps_per_epoch(step));
    scored.notes.push_back("loss " + params_.loss + ", calibration " + params_.calibration.calibration +
                           "; repeats averaged; identification is two-way, chance 0.5");
    scores = std::move(scored);
  }

 private:
  TokenDecoder fresh_decoder(Context& ctx, const TokenLayout& layout) const {
    Json params = {{"queries", layout.queries()}, {"out_dim", layout.out_dim}};
    const Json known = ctx.recipe(params_.predictor, params).params;
    const Json own = {{"width", params_.width}, {"heads", params_.heads}, {"blocks", params_.blocks},
                      {"mlp_ratio", params_.mlp_ratio}, {"rank", params_.rank}, {"dropout", params_.dropout}};
    for (const auto& [name, value] : own.items())
      if (known.contains(name)) params[name] = value;
    Model recipe = ctx.recipe(params_.predictor, params);
    const auto predictor = ctx.build<Predictor>(recipe);
    predictor->initialise(ctx.rng("predictor weights"));
    recipe.weights = weights_of(*predictor);
    const int64_t width = predictor->table_width();
    if (predictor->reads_brain_tokens() && v2c.given()) {
      Model part = ctx.recipe(params_.tokenizer, {{"clusters", v2c->clusters()}, {"width", width}});
      const auto tokenizer = ctx.build<BrainTokenizer>(part);
      tokenizer->initialise(ctx.rng("tokenizer weights"));
      part.weights = weights_of(*tokenizer);
      recipe.parts["tokenizer"] = std::move(part);
    }
    if (start.given() && start->voxels != voxels.digest().hex())
      throw Error("'start' holds rows of other voxels than 'voxels'", "take both from one data node");
    Rng rng = ctx.rng("voxel table");
    const at::Tensor rows = start.given() ? started_table(start->rows, width, params_.start_scale, rng)
                                          : rng.normal({voxels->size(), width}) * predictor->table_deviation();
    return open_decoder(ctx, recipe, layout, rows, v2c.given() ? &*v2c : nullptr);
  }

  TrainParams params_;
};

BGRAPH_NODE(Train, "decoding.train")

}  // namespace bgraph::decoding

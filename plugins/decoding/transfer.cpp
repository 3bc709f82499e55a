// decoding.transfer: a trained decoder meets a new subject, of whom there are few trials.
//
//   table[v] = rows[neighbour(v)]      a new voxel starts where the training voxel that is most like it has got to
//
// Then the table is trained alone, with the loss the decoder was trained with; what voxels share keeps its bits: queries,
// transformer, brain tokenizer, calibration. The new voxels belong to the clusters there are (clusters.nearest gives them and
// the neighbours). A voxel without a neighbour (-1) starts from noise; one that no trial measured ends where it started.
//
//   trains = "table"       as published
//   trains = "predictor"   predictor and tokenizer go on training with it, the calibration stays
//
// How much data there is, the betas say: `voxels.take` keeps the first `trials` of a subject. Beside them stand the
// adapted encoder's predictions for external images, three of four trials. steps = 0 ends an epoch when every measured trial
// has been seen once. The last parameters are kept, with keep = "best" those of the best validation loss.
//
// Views, lazy targets and responses in files are evaluated and read step by step, as in decoding.train.
//
// Betas that are NaN are left out, and counted in a warning. The model comes out with the new images added to those it was
// trained on. Scores are those of decoding.train.
//
// Source: Brain-IT (arXiv:2510.25976), transfer to a new subject; nearest rows, mix of trials, rate, 50 epochs and the last of
// them are the authors' release. Differs: trains = "predictor" is ours.
//
//   [nodes.new_low]
//   type   = "decoding.transfer"
//   inputs = { model = "bit_low.model", table = "bit_low.table", v2c = "new_clusters.v2c", neighbour = "new_clusters.neighbour",
//              voxels = "few.voxels", betas = ["few.betas", "new_external"], targets = ["new_tokens", "low_external"] }

#include "decoder_calibration.h"
#include "decoder_scores.h"
#include "predictor_fit.h"
#include "token_decoder.h"

#include <bgraph/sdk/node.h>
#include <torch/types.h>

namespace bgraph::decoding {

struct TransferParams {
  std::string trains = "table";
  std::string keep = "last";
  DrawParams draws{.external_fraction = 0.75};
  FitParams fit{.step = {.epochs = 50, .steps = 0, .batch = 64, .rate = 5e-4}, .warmup = 0, .schedule = "ramp"};
  ScoreParams score;

  template <class Visitor>
  void visit(Visitor& field) {
    field("trains", trains, one_of({"table", "predictor"}), "what is trained; the rest is frozen");
    field("keep", keep, one_of({"last", "best"}), "parameters of the last epoch, or of the best validation loss");
    draws.visit(field);
    fit.visit(field);
    score.visit(field);
  }
};

namespace {

/// rows[neighbour], noise where there is none.  rows [U, D], neighbour [V]  ->  [V, D]
at::Tensor rows_of_neighbours(const at::Tensor& rows, const at::Tensor& neighbour, const at::Tensor& noise) {
  if (neighbour.max().item<int64_t>() >= rows.size(0))
    throw Error("a neighbour is voxel " + std::to_string(neighbour.max().item<int64_t>()) + ", 'table' has " +
                    std::to_string(rows.size(0)),
                "find the neighbours among the voxels the decoder was trained with");
  return at::where(neighbour.ge(0).unsqueeze(1), rows.index_select(0, neighbour.clamp_min(0)), noise);
}

/// Which voxels some trial measured: bool [V].
at::Tensor reached(const TrainingTrials& trials, int64_t voxels) {
  at::Tensor any = at::zeros({voxels}, at::kBool);
  for (size_t source = 0; source < trials.sources().size(); ++source) {
    const auto& subjects = trials.sources()[source].subjects;
    for (size_t s = 0; s < subjects.size(); ++s)
      any.narrow(0, subjects[s].first_voxel, subjects[s].voxels()).logical_or_(trials.reached(source, s));
  }
  return any;
}

}  // namespace

class Transfer final : public Node {
 public:
  explicit Transfer(TransferParams params) : params_(std::move(params)) { draws_numbers(); }

  In<Model> model{this, "model", "a predictor from decoding.train, trained on other subjects"};
  In<VoxelTable> table{this, "table", "what it learned of their voxels"};
  In<Tensor> neighbour{this, "neighbour", {"V"}, at::kLong, "row of 'table' each new voxel starts from; default: noise", kOptional};
  In<ClusterMap> v2c{this, "v2c", "cluster of each new voxel, among those it was trained with", kOptional};
  In<Voxels> voxels{this, "voxels", "the new subject's voxels"};
  InList<Betas> betas{this, "betas", "the new subject's trials: measured, and predicted ones of external images", kFits | kStored};
  InList<Features> targets{this, "targets", "tokens of their images: one for all betas, or one each", kFits | kStored};
  In<Betas> validation_betas{this, "validation_betas", "trials that are scored", kFits | kOptional | kStored};
  In<Features> validation_targets{this, "validation_targets", "tokens of their images", kFits | kOptional | kStored};

  Out<Model> adapted{this, "model", "the predictor for the new subject"};
  Out<VoxelTable> rows{this, "table", "rows of the new subject's voxels"};
  Out<Table> scores{this, "scores", "token scores per layer on the validation trials", "=validation_betas"};

  void run(Context& ctx) override {
    if (table->voxels == voxels.digest().hex())
      throw Error("'voxels' are those the decoder was trained with: there is no new subject", "give the new subject's voxels");
    TrainingTrials trials(ctx, *betas, params_.draws, voxels->size());
    TokenDecoder decoder = started(ctx);
    const at::Tensor start = decoder.table.detach().clone();
    const TargetSet wanted(trials.set(), trials.sources(), feature_rows(ctx, *targets), decoder.layout, "targets");
    const auto held_out = held_out_of(ctx, validation_betas.given() ? &*validation_betas : nullptr,
                                      validation_targets.given() ? &*validation_targets : nullptr, decoder, params_.draws);
    fit(ctx, decoder, loss(), trials, wanted, held_out, params_.keep == "best", params_.fit);
    {
      const at::NoGradGuard guard;
      const at::Tensor measured = reached(trials, voxels->size()).to(start.device());
      decoder.table.copy_(at::where(measured.unsqueeze(1), decoder.table, start));
    }
    adapted = trained_on(decoder.model.model(), trained_images(trials.set(), trials.sources()), trials.sources()[0].id_space);
    rows = VoxelTable{decoder.table.detach().cpu().clone(), voxels.digest().hex()};
    const auto& step = params_.fit.step;
    Table scored = decoder_scores(ctx, decoder, calibration_of(*model), held_out, params_.score, step.batch,
                                  step.epochs * trials.steps_per_epoch(step));
    scored.notes.push_back(std::to_string(trials.measured().size()) + " measured trials; trained: " + params_.trains +
                           "; repeats averaged; identification is two-way, chance 0.5");
    scores = std::move(scored);
  }

 private:
  TokenDecoder started(Context& ctx) const {
    const TokenLayout layout = layout_of(*model);
    for (const auto& features : targets)
      if (!same_network(features.network, layout.network))
        throw Error("the predictor imitates tokens of '" + layout.network + "', 'targets' are those of '" + features.network + "'",
                    "make the targets with the network the decoder was trained for");
    if (neighbour.given() && neighbour->numel() != voxels->size())
      throw Error("'neighbour' has " + std::to_string(neighbour->numel()) + " voxels, 'voxels' " + std::to_string(voxels->size()),
                  "take both from the new subject's data");
    const double deviation = ctx.build<Predictor>(*model)->table_deviation();
    const at::Tensor noise = ctx.rng("voxel table").normal({voxels->size(), table->rows.size(1)}) * deviation;
    TokenDecoder decoder = open_decoder(ctx, *model, layout, neighbour.given() ? rows_of_neighbours(table->rows, *neighbour, noise) : noise,
                                        v2c.given() ? &*v2c : nullptr);
    if (params_.trains == "table") decoder.model.freeze();
    return decoder;
  }

  /// The loss the decoder was trained with.
  std::string loss() const {
    if (!model->notes.contains("loss"))
      throw Error("the predictor does not say in its notes with which loss it was trained", "take it from decoding.train");
    return model->notes.at("loss");
  }

  TransferParams params_;
};

BGRAPH_NODE(Transfer, "decoding.transfer")

}  // namespace bgraph::decoding

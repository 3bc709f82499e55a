#include "predictor_fit.h"

#include "layered_loss.h"
#include "token_prediction.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/train/loop.h>
#include <bgraph/sdk/train/ranks.h>

namespace bgraph::decoding {

namespace {

std::unique_ptr<Schedule> schedule_of(const FitParams& params) {
  const double rate = params.step.rate;
  if (params.schedule == "cosine") return cosine_rate(rate, params.step.epochs, params.warmup);
  if (params.schedule == "ramp") return ramp_rate(rate, params.warmup);
  return plateau_rate({.rate = rate, .warmup_epochs = static_cast<int64_t>(params.warmup)});
}

}  // namespace

std::optional<HeldOut> held_out_of(Context& ctx, const Betas* betas, const Features* targets, const TokenDecoder& decoder,
                                   const DrawParams& draws) {
  if (!betas) return std::nullopt;
  if (!targets) throw Error("'validation_betas' need 'validation_targets'");
  TrialSet trials = held_out_trials(ctx, *betas, decoder.table.size(0), draws);
  TargetSet wanted(trials, {*betas}, {FeatureRows(ctx, *targets)}, decoder.layout, "validation_targets");
  return HeldOut{std::move(trials), std::move(wanted)};
}

void fit(Context& ctx, TokenDecoder& decoder, const std::string& loss, TrainingTrials& trials, const TargetSet& targets,
         const std::optional<HeldOut>& held_out, bool keep_best, const FitParams& params) {
  const int64_t size = params.step.batch, steps = trials.steps_per_epoch(params.step);
  const auto loss_of = [&](const TargetSet& goal, const std::vector<int64_t>& which, const VoxelBatch& batch, Rng& rng,
                           const Ranks& ranks) {
    const auto sampled = sample_tokens(goal.layout(), params.queries_per_layer, batch.size(), rng);
    const RowShare mine = ranks.share(batch.size());
    const RowScope scope(mine);
    const at::Tensor outputs = ranks.gather(  // the negatives of a token are in the trials of all ranks
        outputs_of(decoder.bare(), rows_of(batch, mine), decoder.table, decoder.v2c,
                   sampled.queries.narrow(0, mine.begin, mine.count)),
        mine);
    return layered_loss(loss, outputs, goal.tokens(which, sampled.positions));
  };
  const auto drawn = [&](int64_t number, Rng& rng) { return trials.draw(number * size, size, rng); };
  const auto drawn_at = [&](int64_t number) {
    Rng rng = ctx.rng("batch", number / steps, number % steps);
    return drawn(number, rng);
  };
  const auto step = [&](const TrainStep& at) {
    decoder.model.train(true);
    decoder.bare().draw_from(ctx.rng("dropout", at.epoch, at.step));
    Rng rng = ctx.rng("batch", at.epoch, at.step);
    const int64_t number = at.epoch * steps + at.step, next = number + 1;
    const auto which = drawn(number, rng);
    const VoxelBatch batch = trials.batch(which, rng);
    const auto coming = next < params.step.epochs * steps ? drawn_at(next) : std::vector<int64_t>();
    trials.read_ahead(coming);
    const at::Tensor loss = loss_of(targets, which, batch, rng, ranks_of(ctx));
    targets.read_ahead(coming);  // while gradients are taken
    return loss;
  };
  const auto validate = [&] {
    decoder.model.train(false);
    return mean_over(held_out->trials.size(), size, [&](const std::vector<int64_t>& which) {
      Rng rng = ctx.rng("validation tokens", 0, which.front());
      return loss_of(held_out->targets, which, held_out->trials.batch(which), rng, Ranks()).item<double>();
    });
  };
  const TrainOptions options{.epochs = params.step.epochs, .steps = steps,
                             .adam = {.weight_decay = params.step.weight_decay}, .keep_best = keep_best};
  train(ctx, decoder.parameters(), *schedule_of(params), options, step, held_out ? validate : std::function<double()>());
  decoder.model.train(false);
}

}  // namespace bgraph::decoding

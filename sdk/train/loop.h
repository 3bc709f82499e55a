// The training loop of every node: steps, validation, the best state, progress, curves, checkpoints.
//
//   NamedTensors parameters = trainable(*model);
//   parameters["table"] = table;                               // [V, D] leaf that wants a gradient
//   auto schedule = plateau_rate({.rate = 5e-4, .warmup_epochs = 15});
//   train(ctx, parameters, *schedule, {.epochs = 60, .steps = 200, .adam = {.weight_decay = 0.01}},
//         [&](const TrainStep& at) {
//           Rng rng = ctx.rng("batch", at.epoch, at.step);      // counter-based: nothing else is random
//           return loss_of(draw_batch(rng));                   // scalar with gradient
//         },
//         [&] { return validation_loss(); });
//
// A run that is killed and started again continues at its last checkpoint (weights, optimiser, schedule, best
// state, curves, position) and ends in the same bits, as long as `loss` depends on nothing but the parameters
// and the position. Curves: loss (mean over 1/200 of the run), rate, and the validation score.
// A loss that is not finite is an Error naming the step.
//
// Several ranks (ranks.h) train together: each returns its loss, all step with the mean gradient; rank 0 alone
// validates, decides when to stop and writes checkpoints.
//
// With `average` = d the optimiser trains its own weights, while validation and result see their exponential moving
// average, of decay min(d, (1 + n) / (10 + n)) at step n: it forgets the start faster than d alone would.
#pragma once

#include <bgraph/sdk/context.h>
#include <bgraph/sdk/train/adam.h>
#include <bgraph/sdk/train/schedule.h>

#include <functional>

namespace bgraph {

struct TrainOptions {
  int64_t epochs = 1;
  int64_t steps = 1;              // per epoch
  AdamOptions adam;
  std::string score = "validation loss";  // name of the validation curve
  bool higher_is_better = false;
  int64_t eval_every = 1;         // epochs between validations; the last epoch is always validated
  bool keep_best = true;          // end with the parameters of the best validation, not the last
  double average = 0.0;           // decay of the moving average that is validated and kept; 0 = the weights themselves
};

struct TrainStep {
  int64_t epoch = 0;
  int64_t step = 0;  // within the epoch
};

struct TrainReport {
  int64_t epochs = 0;      // trained, fewer than asked for if the schedule called a halt
  int64_t best_epoch = -1; // -1 = no validation
  double best_score = 0.0; // of the parameters kept
};

/// Trains `parameters` in place; without `validate` the last state is kept.
TrainReport train(Context& ctx, const NamedTensors& parameters, Schedule& schedule, const TrainOptions& options,
                  const std::function<at::Tensor(const TrainStep&)>& loss,
                  const std::function<double()>& validate = {});

}  // namespace bgraph

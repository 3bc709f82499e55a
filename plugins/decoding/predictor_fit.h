// Fitting a predictor to trials: its loss, its schedule, its validation. What training, and transfer to a new subject,
// have in common; what is frozen in the decoder stays.
//
//   loss of a step = layered_loss(tokens drawn for each of its trials)      on the outputs as they are before calibration
#pragma once

#include "target_set.h"
#include "token_decoder.h"
#include "training_trials.h"

#include <optional>
#include <string>
#include <vector>

namespace bgraph::decoding {

struct FitParams {
  StepParams step;
  std::vector<int64_t> queries_per_layer = {16};
  double warmup = 1.0;
  std::string schedule = "cosine";

  template <class Visitor>
  void visit(Visitor& field) {
    field("queries_per_layer", queries_per_layer, at_least(0),
          "tokens drawn per trial and step: one number for all layers, or one each; 0 or none: all tokens");
    step.visit(field);
    field("warmup", warmup, at_least(0), "epochs of warm-up");
    field("schedule", schedule, one_of({"cosine", "plateau", "ramp"}),
          "what the rate does after the warm-up: falls, falls at plateaus, stays");
  }
};

/// Trials that are not trained on, and what they should be decoded to.
struct HeldOut {
  TrialSet trials;
  TargetSet targets;
};

/// What validation inputs hold; nothing where they are not given (null). Error if one of the two is missing.
std::optional<HeldOut> held_out_of(Context& ctx, const Betas* betas, const Features* targets, const TokenDecoder& decoder,
                                   const DrawParams& draws);

/// Trains what the decoder does not freeze; `loss`: "infonce" or "mse". With held-out trials the validation loss is taken
/// after every epoch, and with `keep_best` its best parameters are kept instead of the last.
void fit(Context& ctx, TokenDecoder& decoder, const std::string& loss, TrainingTrials& trials, const TargetSet& targets,
         const std::optional<HeldOut>& held_out, bool keep_best, const FitParams& params);

}  // namespace bgraph::decoding

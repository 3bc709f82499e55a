// The scores of a decoder's tokens on held-out trials, layer by layer, before and after calibration.
#pragma once

#include "calibration.h"
#include "predictor_fit.h"

#include <bgraph/sdk/values/table.h>

namespace bgraph::decoding {

struct ScoreParams {
  int64_t scored_trials = 0;

  template <class Visitor>
  void visit(Visitor& field) {
    field("scored_trials", scored_trials, at_least(0), "validation trials that are scored, drawn at random; 0: all");
  }
};

/// Two-way identification by correlation at the same position among the images of these trials (chance 1/2), mean
/// correlation, norm of predicted over true tokens. Without trials the columns alone. `at_step` dates the curves.
Table decoder_scores(Context& ctx, const TokenDecoder& decoder, const std::vector<Calibration>& maps, const std::optional<HeldOut>& held_out,
                     const ScoreParams& params, int64_t batch, int64_t at_step);

}  // namespace bgraph::decoding

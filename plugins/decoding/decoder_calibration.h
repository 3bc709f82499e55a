// The calibration of a trained decoder: fitted to its predictions of measured training trials, carried by the model.
#pragma once

#include "calibration.h"
#include "target_set.h"
#include "token_decoder.h"
#include "training_trials.h"

#include <string>
#include <vector>

namespace bgraph::decoding {

struct CalibrationParams {
  std::string calibration = "none";
  int64_t calibration_trials = 512;

  template <class Visitor>
  void visit(Visitor& field) {
    field("calibration", calibration, one_of({"none", "scale", "linear"}),
          "map from predicted to true tokens, one per layer with a shift per position, fitted on training trials");
    field("calibration_trials", calibration_trials, at_least(1), "training trials it is fitted to, at most");
  }
};

/// One map per layer, from measured training trials spread over all subjects; none with calibration = "none".
std::vector<Calibration> calibrate(Context& ctx, const TokenDecoder& decoder, const TrainingTrials& trials,
                                   const TargetSet& targets, const CalibrationParams& params, int64_t batch);

/// The predictor inside a decoding.calibrated with these maps; without maps the predictor itself.
Model calibrated(Context& ctx, const Model& predictor, const TokenLayout& layout, const std::vector<Calibration>& maps);

/// The maps of a model that calibrated() made.
std::vector<Calibration> calibration_of(const Model& model);

}  // namespace bgraph::decoding

#include "decoder_calibration.h"

#include "token_prediction.h"

#include <torch/types.h>

#include <algorithm>

namespace bgraph::decoding {

namespace {

std::string map_name(size_t layer) { return "map" + std::to_string(layer); }
std::string shift_name(size_t layer) { return "shift" + std::to_string(layer); }

}  // namespace

std::vector<Calibration> calibrate(Context& ctx, const TokenDecoder& decoder, const TrainingTrials& trials,
                                   const TargetSet& targets, const CalibrationParams& params, int64_t batch) {
  if (params.calibration == "none") return {};
  const auto pool = trials.measured();
  const at::Tensor order = ctx.rng("calibration trials").permutation(static_cast<int64_t>(pool.size()));
  std::vector<int64_t> which;
  for (int64_t i = 0; i < std::min(params.calibration_trials, order.numel()); ++i)
    which.push_back(pool[static_cast<size_t>(order.data_ptr<int64_t>()[i])]);
  const at::Tensor outputs = predict_tokens(decoder.bare(), trials.set(), which, decoder.table, decoder.v2c, batch);
  const auto wanted = targets.tokens(which);
  std::vector<Calibration> maps;
  for (size_t l = 0; l < wanted.size(); ++l)
    maps.push_back(fit_calibration(params.calibration, decoder.layout.columns(l, outputs), wanted[l].cpu()));
  return maps;
}

Model calibrated(Context& ctx, const Model& predictor, const TokenLayout& layout, const std::vector<Calibration>& maps) {
  if (maps.empty()) return predictor;
  std::vector<int64_t> positions, dims;
  for (const auto& layer : layout.layers) positions.push_back(layer.positions), dims.push_back(layer.used());
  Model outer = ctx.recipe("decoding.calibrated", {{"queries", layout.queries()}, {"out_dim", layout.out_dim},
                                                   {"positions", positions}, {"dims", dims}});
  for (size_t l = 0; l < maps.size(); ++l) {
    outer.weights[map_name(l)] = maps[l].map;
    outer.weights[shift_name(l)] = maps[l].shift;
  }
  outer.parts["predictor"] = predictor;
  return outer;
}

std::vector<Calibration> calibration_of(const Model& model) {
  std::vector<Calibration> maps;
  for (size_t l = 0; model.weights.contains(map_name(l)); ++l)
    maps.push_back({model.weights.at(map_name(l)), model.weights.at(shift_name(l))});
  return maps;
}

}  // namespace bgraph::decoding

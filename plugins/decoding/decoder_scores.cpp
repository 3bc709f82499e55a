#include "decoder_scores.h"

#include "token_prediction.h"
#include "token_scores.h"

#include <torch/types.h>

namespace bgraph::decoding {

namespace {

std::vector<int64_t> scored_ones(int64_t trials, int64_t most, Rng rng) {
  if (most == 0 || most >= trials) return numbers(0, trials);
  const at::Tensor some = std::get<0>(rng.sample(trials, most).sort());
  return {some.data_ptr<int64_t>(), some.data_ptr<int64_t>() + most};
}

}  // namespace

Table decoder_scores(Context& ctx, const TokenDecoder& decoder, const std::vector<Calibration>& maps, const std::optional<HeldOut>& held_out,
                     const ScoreParams& params, int64_t batch, int64_t at_step) {
  Table table{.title = "Predicted tokens on the validation trials"};
  table.column("identification", "", "higher").column("correlation", "", "higher");
  table.column("norm_ratio").column("norm_ratio_uncalibrated");
  if (!held_out) return table;
  const auto which = scored_ones(held_out->trials.size(), params.scored_trials, ctx.rng("scored trials"));
  const at::Tensor outputs = predict_tokens(decoder.bare(), held_out->trials, which, decoder.table, decoder.v2c, batch);
  const auto images = held_out->targets.distinct(which);
  const auto wanted = held_out->targets.tokens(images.trials);  // per layer [I, P, used]
  for (size_t l = 0; l < wanted.size(); ++l) {
    const at::Tensor own = decoder.layout.columns(l, outputs), truth = wanted[l].cpu();
    const auto raw = score_tokens(own, truth, images.image);
    const auto final = maps.empty() ? raw : score_tokens(at::matmul(own, maps[l].map) + maps[l].shift, truth, images.image);
    auto& cells = table.row(decoder.layout.layers[l].name).cells;
    cells["identification"] = final.identification;
    cells["correlation"] = final.correlation;
    cells["norm_ratio"] = final.norm_ratio;
    cells["norm_ratio_uncalibrated"] = raw.norm_ratio;
    ctx.metric("identification " + decoder.layout.layers[l].name, at_step, final.identification);
  }
  return table;
}

}  // namespace bgraph::decoding

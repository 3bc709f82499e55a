#include "training_trials.h"

#include "token_prediction.h"

#include <algorithm>
#include <cmath>

namespace bgraph::decoding {

namespace {

using PredictedBySource = std::map<size_t, std::shared_ptr<PredictedRows>>;

PredictedBySource drawn_ones(Context& ctx, const std::vector<Betas>& betas, const std::string& external) {
  PredictedBySource drawn;
  for (size_t s = 0; s < betas.size(); ++s)
    if (external == "drawn" && !betas[s].views.empty()) drawn[s] = std::make_shared<PredictedRows>(ctx, betas[s]);
  return drawn;
}

std::vector<Betas> opened(Context& ctx, const std::vector<Betas>& betas, const PredictedBySource& drawn, int64_t voxels) {
  std::vector<Betas> sources;
  for (size_t s = 0; s < betas.size(); ++s) {
    sources.push_back(drawn.contains(s) ? drawn.at(s)->trials() : materialized(ctx, betas[s]));
    require_voxels(sources.back(), voxels);
  }
  return sources;
}

}  // namespace

TrainingTrials::TrainingTrials(Context& ctx, const std::vector<Betas>& betas, const DrawParams& params, int64_t voxels)
    : params_(params), drawn_(drawn_ones(ctx, betas, params.external)), sources_(opened(ctx, betas, drawn_, voxels)),
      set_(sources_, params.averaging == "repeats",
           [drawn = drawn_](size_t source, size_t subject, const std::vector<int64_t>& rows) {
             return drawn.at(source)->rows(subject, rows);
           }),
      sampler_(set_, sources_, params.external_fraction, [&ctx](int64_t pass) { return ctx.rng("order", pass); }) {
  warn_not_measured(ctx, set_, "training");
}

std::vector<int64_t> TrainingTrials::measured() const {
  return sampler_.measured().empty() ? numbers(0, set_.size()) : sampler_.measured();
}

int64_t TrainingTrials::steps_per_epoch(const StepParams& params) const {
  return decoding::steps_per_epoch(params, static_cast<int64_t>(measured().size()), sampler_.external_fraction());
}

VoxelBatch TrainingTrials::batch(const std::vector<int64_t>& which, Rng& rng) const {
  return params_.voxels_per_sample > 0 ? set_.batch(which, params_.voxels_per_sample, rng) : set_.batch(which);
}

int64_t steps_per_epoch(const StepParams& params, int64_t measured, double external_fraction) {
  if (params.steps > 0) return params.steps;
  const double share = external_fraction < 1 ? 1 - external_fraction : 1;
  return static_cast<int64_t>(std::ceil(static_cast<double>(measured) / (static_cast<double>(params.batch) * share)));
}

TrialSet held_out_trials(Context& ctx, const Betas& betas, int64_t voxels) {
  require_voxels(betas, voxels);
  TrialSet trials({betas}, true);
  warn_not_measured(ctx, trials, "validation");
  return trials;
}

double mean_over(int64_t trials, int64_t size, const std::function<double(const std::vector<int64_t>&)>& mean_of) {
  double sum = 0;
  for (int64_t begin = 0; begin < trials; begin += size) {
    const auto which = numbers(begin, std::min(trials, begin + size));
    sum += mean_of(which) * static_cast<double>(which.size());
  }
  return sum / static_cast<double>(trials);
}

}  // namespace bgraph::decoding

#include "training_trials.h"

#include "token_prediction.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>

namespace bgraph::decoding {

TrainingTrials::TrainingTrials(Context& ctx, const std::vector<Betas>& betas, const DrawParams& params, int64_t voxels)
    : params_(params),
      drawn_(std::make_shared<DrawnTrials>(ctx, betas, params.averaging == "repeats",
                                           DrawnTrials::Which{.files = params.measured == "drawn", .views = params.external == "drawn"})),
      set_(drawn_->sources(), params.averaging == "repeats", drawn_),
      sampler_(set_, drawn_->sources(), params.external_fraction, [&ctx](int64_t pass) { return ctx.rng("order", pass); }) {
  for (const auto& source : sources()) require_voxels(source, voxels);
  warn_not_measured(ctx, set_.not_measured() + drawn_->not_measured(), "training");
}

at::Tensor TrainingTrials::reached(size_t source, size_t subject) const {
  const SubjectBetas& trials = sources()[source].subjects[subject];
  if (!trials.betas.is_meta()) return trials.betas.isnan().all(0).logical_not();
  const at::Tensor in_files = drawn_->measured(source, subject);
  return in_files.defined() ? in_files : at::ones({trials.voxels()}, at::kBool);
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

TrialSet held_out_trials(Context& ctx, const Betas& betas, int64_t voxels, const DrawParams& params) {
  const auto drawn = std::make_shared<DrawnTrials>(ctx, std::vector{betas}, true, DrawnTrials::Which{.files = params.measured == "drawn", .views = false});
  require_voxels(drawn->sources().front(), voxels);
  TrialSet trials(drawn->sources(), true, drawn);
  warn_not_measured(ctx, trials.not_measured() + drawn->not_measured(), "validation");
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

#include "toy/recording.h"

#include <bgraph/sdk/contract/error.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <string>

namespace bgraph::toy {

namespace {

int64_t sessions_of(const at::Tensor& session) { return session.max().item<int64_t>() + 1; }

/// Signal of the trial before, 0 at the start of a run.
at::Tensor preceding(const at::Tensor& shown, const at::Tensor& run) {
  at::Tensor before = at::zeros_like(shown);
  before.slice(0, 1).copy_(shown.slice(0, 0, -1));
  before.slice(0, 1).mul_(run.slice(0, 1).eq(run.slice(0, 0, -1)).to(at::kFloat).unsqueeze(1));
  return before;
}

/// What the subject adds: responses to 4 random private images, sd 1; [T, V].
at::Tensor own_state(Rng& rng, const at::Tensor& signal, int64_t own, int64_t trials) {
  at::Tensor state = signal.index_select(0, rng.integers(own, {trials}));
  for (int i = 1; i < 4; ++i) state.add_(signal.index_select(0, rng.integers(own, {trials})));
  return state.div_(2);
}

}  // namespace

at::Tensor record(Rng& rng, const Schedule& schedule, const at::Tensor& signal, int64_t own, const at::Tensor& drifted,
                  const at::Tensor& ncsnr, const at::Tensor& noise, const Habits& habits) {
  const int64_t sessions = sessions_of(schedule.session), voxels = signal.size(1);
  at::Tensor shown = signal.index_select(0, schedule.image);  // [T, V]
  if (habits.representational_drift > 0) {
    const at::Tensor turn = schedule.session.to(at::kFloat).unsqueeze(1) *
                            (habits.representational_drift * std::numbers::pi / 2 /
                             static_cast<double>(std::max<int64_t>(1, sessions - 1)));  // [T, 1] radians
    shown = turn.cos() * shown + turn.sin() * drifted.index_select(0, schedule.image);
  }
  shown = shown * ncsnr;
  const at::Tensor fresh = at::pow(1 - habits.adaptation, schedule.repeat.to(at::kFloat)).unsqueeze(1);  // [T, 1]
  at::Tensor betas = fresh * shown + habits.overlap * preceding(shown, schedule.run);
  betas.add_(own_state(rng, signal, own, schedule.trials()) * ncsnr, habits.internal);
  betas.add_(noise * (1 - (habits.internal * ncsnr).square()).clamp_min(0).sqrt());
  const at::Tensor gain = (habits.session_drift / 3 * rng.normal({sessions, voxels})).exp();
  const at::Tensor offset = (habits.session_drift * rng.normal({sessions, voxels})).cumsum(0);
  return betas.mul_(gain.index_select(0, schedule.session)).add_(offset.index_select(0, schedule.session));
}

void zscore_per_session(at::Tensor& betas, const at::Tensor& session, const at::Tensor& counted) {
  for (int64_t s = 0; s < sessions_of(session); ++s) {
    const at::Tensor here = session.eq(s);
    const at::Tensor rows = here.nonzero().squeeze(1), used = here.logical_and(counted).nonzero().squeeze(1);
    if (used.size(0) < 2)
      throw Error("session " + std::to_string(s) + " has " + std::to_string(used.size(0)) +
                      " training trials; a z-score needs at least 2",
                  "ask for fewer sessions or more training images");
    const at::Tensor reference = betas.index_select(0, used);
    const at::Tensor scores = (betas.index_select(0, rows) - reference.mean(0)) / reference.std(0, false);
    betas.index_copy_(0, rows, scores);
  }
}

at::Tensor ncsnr_from_repeats(const at::Tensor& betas, const at::Tensor& image) {
  const int64_t images = image.max().item<int64_t>() + 1, voxels = betas.size(1);
  at::Tensor count = at::zeros({images}), sum = at::zeros({images, voxels}), squares = at::zeros({images, voxels});
  count.index_add_(0, image, at::ones_like(image, at::kFloat));
  sum.index_add_(0, image, betas), squares.index_add_(0, image, betas.square());
  const at::Tensor repeated = count.ge(2).nonzero().squeeze(1);
  if (repeated.size(0) == 0) return at::full({voxels}, std::numeric_limits<float>::quiet_NaN());
  const at::Tensor n = count.index_select(0, repeated).unsqueeze(1);
  const at::Tensor within =
      (squares.index_select(0, repeated) - sum.index_select(0, repeated).square() / n) / (n - 1);  // [M, V]
  const at::Tensor noise = within.mean(0);
  return (betas.var(0, true) - noise).clamp_min(0).div(noise).sqrt();
}

}  // namespace bgraph::toy

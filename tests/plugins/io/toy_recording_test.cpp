// Noise and the scanner: variances, correlations and what repeats recover.

#include "toy/noise.h"
#include "toy/recording.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <cmath>

using namespace bgraph;
using Catch::Matchers::WithinAbs;

namespace {

at::Tensor longs(int64_t n, int64_t value = 0) { return at::full({n}, value, at::TensorOptions().dtype(at::kLong)); }

double correlation(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor x = a - a.mean(), y = b - b.mean();
  return ((x * y).sum() / (x.norm() * y.norm())).item<double>();
}

}  // namespace

TEST_CASE("spatial noise correlates by a Gaussian of distance, never across hemispheres", "[io][toy_noise]") {
  // Voxels 2 mm apart on a line; the kernel's neighbours make the correlation exp(-d^2 / (2 mm^2)) away from the ends.
  constexpr int64_t kVoxels = 41, kTrials = 6000;
  at::Tensor position = at::zeros({kVoxels, 3});
  position.select(1, 1).copy_(2 * at::arange(kVoxels));
  at::Tensor side = longs(kVoxels);
  side.slice(0, 31).fill_(1);
  Rng rng(0, "test", "noise", 0, 0);
  const toy::NoiseMix mix{.global = 0, .low_rank = 0, .spatial = 1, .rank = 1, .spatial_mm = 4, .autocorrelation = 0};
  const at::Tensor noise = toy::draw_noise(rng, position, side, longs(kTrials), mix);
  const double tolerance = 5 / std::sqrt(static_cast<double>(kTrials));
  for (const int64_t steps : {1, 2, 4}) {
    const double expected = std::exp(-(2.0 * steps) * (2.0 * steps) / 32);
    REQUIRE_THAT(correlation(noise.select(1, 15), noise.select(1, 15 + steps)), WithinAbs(expected, tolerance));
  }
  REQUIRE_THAT(correlation(noise.select(1, 30), noise.select(1, 31)), WithinAbs(0, tolerance));
}

TEST_CASE("noise has variance 1 and the asked autocorrelation within a run, none between runs", "[io][toy_noise]") {
  constexpr int64_t kVoxels = 60, kTrials = 4000, kRun = 20;
  Rng rng(1, "test", "noise", 0, 0);
  const at::Tensor position = 40 * rng.uniform({kVoxels, 3});
  const at::Tensor run = at::arange(kTrials, at::TensorOptions().dtype(at::kLong)).div(kRun, "floor");
  const toy::NoiseMix mix{.autocorrelation = 0.3};
  const at::Tensor noise = toy::draw_noise(rng, position, longs(kVoxels), run, mix);
  REQUIRE_THAT(noise.square().mean().item<double>(), WithinAbs(1, 0.1));  // global + low rank: few effective samples
  const at::Tensor product = noise.slice(0, 1) * noise.slice(0, 0, -1);
  const at::Tensor within = run.slice(0, 1).eq(run.slice(0, 0, -1)).nonzero().squeeze(1);
  const at::Tensor across = run.slice(0, 1).ne(run.slice(0, 0, -1)).nonzero().squeeze(1);
  // The mean product of T rows with about 5 independent noise directions: sd about 1 / sqrt(5 T).
  REQUIRE_THAT(product.index_select(0, within).mean().item<double>(), WithinAbs(0.3, 0.05));
  REQUIRE_THAT(product.index_select(0, across).mean().item<double>(), WithinAbs(0, 5 / std::sqrt(5.0 * kTrials / kRun)));
}

TEST_CASE("ncsnr from repeats is the one that was asked for", "[io][toy_recording]") {
  // 2000 images x 4 repeats: sd of the signal variance about sqrt(2 / 2000) (s^2 + 1/4), of the noise variance
  // sqrt(2 / 6000): for s = .5 both move ncsnr by less than .02; 5 of that.
  constexpr int64_t kImages = 2000, kVoxels = 4, kRepeats = 4;
  Rng rng(2, "test", "recording", 0, 0);
  const at::Tensor signal = rng.normal({kImages, kVoxels});
  const at::Tensor asked = at::arange(1, kVoxels + 1).to(at::kFloat) * 0.25;  // .25 .5 .75 1
  const auto schedule = toy::make_schedule(rng, kImages, kRepeats, 0, 1, 1, 3);
  const at::Tensor noise = rng.normal({schedule.trials(), kVoxels});
  const toy::Habits habits{.internal = 0.5, .overlap = 0, .session_drift = 0};
  const at::Tensor betas = toy::record(rng, schedule, signal, kImages, signal, asked, noise, habits);
  const at::Tensor found = toy::ncsnr_from_repeats(betas, schedule.image);
  REQUIRE((found - asked).abs().max().item<double>() < 0.1);
}

TEST_CASE("without noise, drift, overlap and own state every repeat answers alike", "[io][toy_recording]") {
  Rng rng(3, "test", "recording", 0, 0);
  const at::Tensor signal = rng.normal({7, 5});
  const auto schedule = toy::make_schedule(rng, 5, 3, 2, 3, 2, 2);
  const toy::Habits still{.internal = 0, .overlap = 0, .session_drift = 0};
  const at::Tensor betas = toy::record(rng, schedule, signal, 5, signal, at::full({5}, 0.5),
                                       at::zeros({schedule.trials(), 5}), still);
  REQUIRE(at::equal(betas, 0.5 * signal.index_select(0, schedule.image)));
  const toy::Habits bored{.internal = 0, .overlap = 0, .session_drift = 0, .adaptation = 0.2};
  const at::Tensor less = toy::record(rng, schedule, signal, 5, signal, at::full({5}, 0.5),
                                      at::zeros({schedule.trials(), 5}), bored);
  const at::Tensor third = schedule.repeat.eq(2).nonzero().squeeze(1);
  REQUIRE((less - 0.64 * betas).index_select(0, third).abs().max().item<double>() < 1e-6);
}

TEST_CASE("repeats of an image are counted in order of presentation over equal sessions", "[io][toy_recording]") {
  Rng rng(4, "test", "schedule", 0, 0);
  const auto schedule = toy::make_schedule(rng, 20, 2, 7, 3, 3, 2);
  REQUIRE(schedule.trials() == 61);
  for (int64_t image = 0; image < 27; ++image) {
    const at::Tensor repeats = schedule.repeat.masked_select(schedule.image.eq(image));
    REQUIRE(at::equal(repeats, at::arange(image < 20 ? 2 : 3, at::TensorOptions().dtype(at::kLong))));
  }
  const at::Tensor lengths = schedule.session.bincount();
  REQUIRE(lengths.size(0) == 3);
  REQUIRE((lengths.max() - lengths.min()).item<int64_t>() <= 2);  // runs differ by one trial, two runs each
}

TEST_CASE("a session is z-scored by its counted trials alone", "[io][toy_recording]") {
  Rng rng(5, "test", "zscore", 0, 0);
  at::Tensor betas = 3 + 2 * rng.normal({40, 6});
  const at::Tensor session = at::arange(40, at::TensorOptions().dtype(at::kLong)).div(20, "floor");
  const at::Tensor counted = at::arange(40).remainder(4).ne(0);
  toy::zscore_per_session(betas, session, counted);
  for (int64_t s = 0; s < 2; ++s) {
    const at::Tensor used = betas.index_select(0, session.eq(s).logical_and(counted).nonzero().squeeze(1));
    REQUIRE(used.mean(0).abs().max().item<double>() < 1e-6);
    REQUIRE((used.std(0, false) - 1).abs().max().item<double>() < 1e-5);
  }
  REQUIRE_THROWS_AS(toy::zscore_per_session(betas, session, session.eq(0)), Error);
}

#include <bgraph/sdk/train/schedule.h>

#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/golden.h>
#include <torch/types.h>

#include <cmath>

using namespace bgraph;

namespace {

std::vector<double> values_of(const testing::Golden& golden, const std::string& name) {
  for (const auto& record : golden["outputs"])
    if (record.at("name") == name) return record.at("values").get<std::vector<double>>();
  FAIL("no record " << name);
  return {};
}

}  // namespace

TEST_CASE("the warm-up is cubic and ends at the full rate", "[train][schedule]") {
  const auto schedule = plateau_rate({.rate = 2.0, .warmup_epochs = 4});
  CHECK(schedule->rate(0, 0.9) == Approx(2.0 * (0.001 + 0.999 / 64)));
  CHECK(schedule->rate(1, 0.0) == Approx(2.0 * (0.001 + 0.999 / 8)));
  CHECK(schedule->rate(3, 0.0) == Approx(2.0));
  CHECK(schedule->rate(4, 0.0) == 2.0);
}

TEST_CASE("a plateau lowers the rate after more than `patience` scores without a gain", "[train][schedule]") {
  const bool higher = GENERATE(false, true);
  const double sign = higher ? 1.0 : -1.0;
  const auto schedule = plateau_rate(
      {.rate = 1.0, .higher_is_better = higher, .factor = 0.5, .patience = 1, .threshold = 0.1, .stop_below = 0.3});
  int64_t epoch = 0;
  const auto rate_after = [&](double score) {
    schedule->observe(epoch++, score);
    return schedule->rate(epoch, 0.0);
  };
  CHECK(rate_after(sign * 1.0) == 1.0);
  CHECK(rate_after(sign * 1.09) == 1.0);     // a gain of less than the threshold is none
  CHECK(rate_after(std::nan("")) == 0.5);    // nor is NaN: two in a row
  CHECK(rate_after(sign * 1.2) == 0.5);
  CHECK(rate_after(sign * 1.2) == 0.5);
  CHECK_FALSE(schedule->finished(epoch - 1));
  CHECK(rate_after(sign * 1.2) == 0.25);
  CHECK_FALSE(schedule->finished(epoch - 1));  // .25 has not been used yet
  CHECK(rate_after(sign * 1.2) == 0.25);
  CHECK(schedule->finished(epoch - 1));
}

TEST_CASE("a restored plateau goes on where it was", "[train][schedule]") {
  const PlateauOptions options{.rate = 1.0, .patience = 2, .threshold = 0.0};
  const auto whole = plateau_rate(options), first = plateau_rate(options), second = plateau_rate(options);
  const std::vector<double> scores = {5, 4, 4.5, 4.2, 4.1, 3, 3.5};
  for (size_t i = 0; i < scores.size(); ++i) {
    whole->observe(static_cast<int64_t>(i), scores[i]);
    if (i == 3) second->restore(Json::parse(first->state().dump()));
    (i < 3 ? first : second)->observe(static_cast<int64_t>(i), scores[i]);
    if (i == 2) continue;
  }
  CHECK(whole->state() == second->state());
}

TEST_CASE("a cosine starts at the rate, passes half of it midway and ends at zero", "[train][schedule]") {
  const auto schedule = cosine_rate(3.0, 10, 2.0);
  CHECK(schedule->rate(1, 0.0) == Approx(1.5));  // half of the linear warm-up
  CHECK(schedule->rate(2, 0.0) == Approx(3.0));
  CHECK(schedule->rate(6, 0.0) == Approx(1.5));
  CHECK(schedule->rate(9, 0.999999) == Approx(0.0).margin(1e-9));
}

TEST_CASE("the decoder's and the encoder's rates agree with the reference run", "[train][schedule][data]") {
  const auto golden = testing::Golden::open("training");
  if (!golden) return;

  const auto losses = values_of(*golden, "decoder.metric");  // [k] after epoch k, [0] before training
  const auto used = values_of(*golden, "decoder.lr_used_in_epoch");
  const auto decoder = plateau_rate({.rate = 5e-4, .warmup_epochs = 15, .patience = 5, .threshold = 1e-3});
  int64_t epoch = 0;
  do {
    REQUIRE(static_cast<size_t>(epoch) < used.size());
    CHECK(decoder->rate(epoch, 0.5) == Approx(used[static_cast<size_t>(epoch)]).epsilon(1e-9));
    decoder->observe(epoch, losses[static_cast<size_t>(epoch) + 1]);
  } while (!decoder->finished(epoch++));
  CHECK(static_cast<size_t>(epoch) == used.size());

  const auto factors = values_of(*golden, "decoder.warmup_factor");  // [k] in the k-th epoch, [0] before it
  const auto warming = plateau_rate({.rate = 1.0, .warmup_epochs = 15});
  for (size_t k = 1; k < factors.size(); ++k)
    CHECK(warming->rate(static_cast<int64_t>(k) - 1, 0.5) == Approx(factors[k]).epsilon(1e-9));

  const auto scores = values_of(*golden, "encoder.metric");
  const auto after = values_of(*golden, "encoder.lr_after_epoch");
  const auto encoder =
      plateau_rate({.rate = 1e-3, .higher_is_better = true, .patience = 4, .threshold = 0.003});
  for (size_t i = 0; i < scores.size(); ++i) {
    const auto e = static_cast<int64_t>(i);
    encoder->observe(e, scores[i]);
    CHECK(encoder->rate(e + 1, 0.0) == Approx(after[i]).epsilon(1e-9));
    CHECK_FALSE(encoder->finished(e));
  }
}

TEST_CASE("the joint training's ramp agrees with the reference run, step by step", "[train][schedule][data]") {
  const auto golden = testing::Golden::open("training");
  if (!golden) return;
  const std::vector<int64_t> steps = (*golden)["config"].at("stage2.lr_factor_at");
  const auto factors = values_of(*golden, "stage2.lr_factor");
  const auto ramp = ramp_rate(1.0, 2.0);  // 500 steps per epoch
  for (size_t i = 0; i < steps.size(); ++i)
    CHECK(ramp->rate(steps[i] / 500, static_cast<double>(steps[i] % 500) / 500) == Approx(factors[i]).epsilon(1e-9));
}

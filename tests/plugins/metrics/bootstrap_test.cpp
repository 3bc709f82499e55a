#include "bootstrap.h"

#include "holm.h"
#include "paired.h"

#include <bgraph/sdk/testing/catch.h>

#include <cmath>

using namespace bgraph;
using namespace bgraph::metrics;

namespace {

Rng rng(int64_t index) { return Rng(7, "test", "bootstrap", 0, index); }
at::Tensor draw(at::IntArrayRef shape, int64_t index) { return rng(index).normal(shape).to(at::kDouble); }

double width(const at::Tensor& values) {
  const Interval interval = central(bootstrap_means(values.unsqueeze(0), 4000, rng(100))[0], 0.95);
  return interval.high - interval.low;
}

}  // namespace

TEST_CASE("the interval of independent values is that of the normal approximation", "[metrics][bootstrap]") {
  const at::Tensor values = draw({1, 400}, 0);
  CHECK(width(values) == Approx(2 * 1.96 * values.std().item<double>() / 20).epsilon(0.06));  // 4000 resamples: 2 sd of a quantile
}

TEST_CASE("values shared by all subjects do not narrow the interval", "[metrics][bootstrap]") {
  const at::Tensor one = draw({1, 100}, 1);
  CHECK(width(one.expand({5, 100}).contiguous()) == Approx(width(one)).epsilon(0.06));
  CHECK(width(draw({5, 100}, 2)) < 0.7 * width(one));
}

TEST_CASE("missing cells are left out, not counted as zero", "[metrics][bootstrap]") {
  at::Tensor values = at::full({2, 30}, 3.0, at::kDouble);
  values[1].fill_(std::nan(""));
  values[0][4] = std::nan("");
  const at::Tensor means = bootstrap_means(values.unsqueeze(0), 200, rng(3))[0];
  const at::Tensor known = means.masked_select(means.isnan().logical_not());
  CHECK(known.numel() > 100);  // a resample of the empty subject alone has no mean: one in four
  CHECK(at::allclose(known, at::full_like(known, 3.0), 0, 1e-12));
}

TEST_CASE("quantiles interpolate between draws", "[metrics][bootstrap]") {
  const Interval half = central(at::tensor({4., 1., 2., 3., 5.}, at::kDouble), 0.5);
  CHECK(half.low == 2);
  CHECK(half.high == 4);
  const Interval most = central(at::tensor({0., 1.}, at::kDouble), 0.9);
  CHECK(most.low == Approx(0.05));
  CHECK(most.high == Approx(0.95));
}

TEST_CASE("a paired difference is resolved where the unpaired spread would hide it", "[metrics][paired]") {
  const at::Tensor images = 5 * draw({1, 60}, 4).expand({3, 60});
  const at::Tensor a = images + 0.3 + 0.3 * draw({3, 60}, 5), b = images + 0.3 * draw({3, 60}, 6);
  const PairedDifference found = paired_difference(a, b, 2000, rng(7));
  CHECK(found.difference == Approx(found.first - found.second).margin(1e-12));
  CHECK(found.interval.low > 0);
  CHECK(found.cells == 180);
  CHECK(decision(found, found.p, "higher", 0) == "first is better");
  CHECK(decision(found, found.p, "lower", 0) == "second is better");
}

TEST_CASE("what the data cannot resolve is said with the difference they could", "[metrics][paired]") {
  const at::Tensor a = draw({1, 50}, 8), b = draw({1, 50}, 9);
  const PairedDifference found = paired_difference(a, b, 2000, rng(10));
  CHECK_THAT(decision(found, 0.4, "higher", 0), Catch::Matchers::StartsWith("not resolved: detectable difference "));
  // sd of a difference of two unit normals is sqrt 2; the test sees 2.80 of its standard errors.
  CHECK(found.detectable == Approx(2.802 * std::sqrt(2.0 / 50)).epsilon(0.35));
  CHECK(decision(found, 0.4, "higher", 10) == "equivalent within 10");
}

TEST_CASE("a control with one row per image stands beside every subject", "[metrics][paired]") {
  const at::Tensor a = draw({4, 20}, 11), control = draw({1, 20}, 12);
  const PairedDifference found = paired_difference(a, control, 500, rng(13));
  CHECK(found.cells == 80);
  CHECK(found.second == Approx(control.mean().item<double>()));
  CHECK_THROWS_WITH(paired_difference(a, draw({3, 20}, 14), 500, rng(15)), Catch::Matchers::ContainsSubstring("[4, 20] and [3, 20]"));
}

TEST_CASE("Holm multiplies the smallest p by the number of tests and never lets the order turn", "[metrics][holm]") {
  const auto adjusted = holm({0.01, 0.04, 0.03, std::nan(""), 0.9});
  CHECK(adjusted[0] == Approx(0.04));
  CHECK(adjusted[2] == Approx(0.09));
  CHECK(adjusted[1] == Approx(0.09));  // 2 x 0.04 = 0.08 lies below the one before it
  CHECK(std::isnan(adjusted[3]));
  CHECK(adjusted[4] == Approx(0.9));
}

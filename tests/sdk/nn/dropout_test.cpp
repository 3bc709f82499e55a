#include <bgraph/sdk/nn/dropout.h>

#include <bgraph/sdk/testing/catch.h>
#include <torch/types.h>

using namespace bgraph;

TEST_CASE("dropout zeroes the given share, keeps the mean, and repeats with its generator", "[nn][dropout]") {
  const auto ones = at::ones({40, 250});
  Rng rng(3, "test", "drop", 0, 0), same(3, "test", "drop", 0, 0);
  const auto dropped = dropout(ones, 0.25, rng);
  // 10 000 draws at .25: sd of the share .0043; five of them.
  CHECK(dropped.eq(0).to(at::kFloat).mean().item<double>() == Approx(0.25).margin(0.022));
  CHECK(dropped.max().item<float>() == Approx(1.0 / 0.75));
  CHECK(dropped.equal(dropout(ones, 0.25, same)));
}

TEST_CASE("dropout of nothing draws nothing", "[nn][dropout]") {
  const auto x = at::ones({3});
  Rng rng(3, "test", "drop", 0, 0), untouched(3, "test", "drop", 0, 0);
  CHECK(dropout(x, 0.0, rng).is_same(x));
  CHECK(rng.bits() == untouched.bits());
}

#include "agreement.h"

#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/testing/catch.h>
#include <torch/types.h>

#include <cmath>

using namespace bgraph;
using namespace bgraph::clusters;

TEST_CASE("the same partition under other names agrees fully", "[clusters][agreement]") {
  const auto a = at::tensor({0, 0, 1, 1, 2, 2, 2}, at::kLong), b = at::tensor({5, 5, 0, 0, 3, 3, 3}, at::kLong);
  CHECK(adjusted_mutual_information(a, b) == Approx(1.0));
  CHECK(adjusted_mutual_information(at::zeros({4}, at::kLong), at::ones({4}, at::kLong)) == 1.0);
}

TEST_CASE("agreement of random partitions averages zero, and that is what the adjustment is for",
          "[clusters][agreement]") {
  Rng rng(3, "test", "agreement", 0, 0);
  const auto a = at::arange(24, at::kLong).remainder(6);
  double sum = 0, squares = 0;
  const int draws = 300;
  for (int i = 0; i < draws; ++i) {
    const double agreement = adjusted_mutual_information(a, a.index_select(0, rng.permutation(24)));
    sum += agreement;
    squares += agreement * agreement;
  }
  const double mean = sum / draws, error = std::sqrt((squares / draws - mean * mean) / draws);
  CHECK(std::abs(mean) < 5 * error);
}

TEST_CASE("adjusted mutual information of a small table equals its definition", "[clusters][agreement]") {
  // a = {0,0,1,1}, b = {0,1,2,2}: I = ln 2, H(a) = ln 2, H(b) = 1.5 ln 2. Of the six ways to place b's pair in a's
  // order, two (within one class of a) give I = ln 2, four (across) give I = ln 2 / 2: E[I] = 2/3 ln 2.
  const auto a = at::tensor({0, 0, 1, 1}, at::kLong), b = at::tensor({0, 1, 2, 2}, at::kLong);
  CHECK(adjusted_mutual_information(a, b) == Approx((1.0 - 2.0 / 3) / (1.25 - 2.0 / 3)));
  CHECK(adjusted_mutual_information(b, a) == Approx(adjusted_mutual_information(a, b)));
}

TEST_CASE("subject entropy is 1 for equal shares, 0 for one subject, and skips empty clusters",
          "[clusters][agreement]") {
  const auto cluster = at::tensor({0, 0, 0, 2, 2, 2}, at::kLong), subject = at::tensor({0, 1, 2, 1, 1, 1}, at::kLong);
  const auto entropy = subject_entropy(cluster, subject, 3);
  REQUIRE(entropy.numel() == 2);
  CHECK(entropy[0].item<double>() == Approx(1.0));
  CHECK(entropy[1].item<double>() == Approx(0.0).margin(1e-12));
}

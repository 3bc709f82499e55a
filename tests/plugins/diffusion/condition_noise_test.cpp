#include "condition_noise.h"

#include <bgraph/sdk/testing/catch.h>
#include <torch/types.h>

#include <cmath>

using namespace bgraph;
using diffusion::as_predicted;

namespace {

/// [B, 2, 3] with variance 4 along one direction, 0.25 along another and none elsewhere, about a mean.
struct Sample {
  at::Tensor mean = at::tensor({1.0f, -2.0f, 0.5f, 0.0f, 3.0f, 1.0f}).reshape({2, 3});
  at::Tensor tokens;
  explicit Sample(int64_t rows) {
    Rng rng(5, "test", "tokens", 0, 0);
    tokens = at::zeros({rows, 2, 3});
    tokens.select(1, 0).select(1, 0) = 2 * rng.normal({rows});
    tokens.select(1, 1).select(1, 2) = 0.5 * rng.normal({rows});
    tokens += mean;
  }
};

}  // namespace

TEST_CASE("with least = 1 true tokens pass unchanged", "[diffusion][condition_noise]") {
  const Sample sample(4);
  Rng rng(1, "test", "noise", 0, 0);
  CHECK(at::allclose(as_predicted(sample.tokens, sample.mean, 1.0, rng), sample.tokens, 0, 1e-6));
}

// With k uniform in [l, 1] the covariance of prediction and truth and the variance of the prediction are both
// E[k] times the variance of the truth: the regression of truth on prediction has slope 1.
TEST_CASE("augmented tokens are a calibrated prediction of the true ones", "[diffusion][condition_noise]") {
  const int64_t rows = 1500;
  const Sample sample(rows);
  Rng rng(2, "test", "noise", 0, 0);
  const auto predicted = as_predicted(sample.tokens, sample.mean, 0.4, rng) - sample.mean;
  const auto truth = sample.tokens - sample.mean;
  for (const auto& [t, d] : {std::pair{0, 0}, std::pair{1, 2}}) {
    const auto p = predicted.select(1, t).select(1, d), c = truth.select(1, t).select(1, d);
    const double slope = (p * c).mean().item<double>() / p.square().mean().item<double>();
    const double share = p.square().mean().item<double>() / c.square().mean().item<double>();
    const double error = 4 / std::sqrt(static_cast<double>(rows));  // four standard errors of a variance ratio, about
    CHECK(std::abs(slope - 1) < error);
    CHECK(std::abs(share - 0.7) < error);
  }
}

TEST_CASE("noise stays in the directions in which tokens vary", "[diffusion][condition_noise]") {
  const Sample sample(7);
  Rng rng(3, "test", "noise", 0, 0);
  const auto predicted = as_predicted(sample.tokens, sample.mean, 0.2, rng) - sample.mean;
  CHECK(predicted.select(1, 0).slice(1, 1, 3).abs().max().item<double>() == 0);
  CHECK(predicted.select(1, 0).select(1, 0).abs().max().item<double>() > 0.1);
}

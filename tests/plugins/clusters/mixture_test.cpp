#include "mixture.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/golden.h>
#include <torch/types.h>

#include <cmath>
#include <numbers>

using namespace bgraph;
using namespace bgraph::clusters;

namespace {

double number(const at::Tensor& x) { return x.item<double>(); }

/// log of the weighted density of one row under one component, from the textbook formula.
double slow_log_density(const Mixture& mixture, const at::Tensor& row, int64_t k) {
  const int64_t D = row.size(0);
  const auto covariance =
      mixture.kind == Covariance::full ? mixture.covariances[k] : at::diag(mixture.covariances[k]);
  const auto away = row - mixture.means[k];
  const double distance = number(at::dot(away, at::mv(at::inverse(covariance), away)));
  return std::log(number(mixture.weights[k])) -
         0.5 * (static_cast<double>(D) * std::log(2 * std::numbers::pi) + std::log(number(at::det(covariance))) + distance);
}

/// One round of expectation and maximisation, row by row; returns the mean log-likelihood before it.
double slow_step(Mixture& mixture, const at::Tensor& rows, double ridge) {
  const int64_t N = rows.size(0), K = mixture.means.size(0), D = rows.size(1);
  auto posterior = at::zeros({N, K}, at::kDouble);
  double sum = 0;
  for (int64_t i = 0; i < N; ++i) {
    double evidence = 0;
    for (int64_t k = 0; k < K; ++k) evidence += std::exp(slow_log_density(mixture, rows[i], k));
    for (int64_t k = 0; k < K; ++k) posterior[i][k] = std::exp(slow_log_density(mixture, rows[i], k)) / evidence;
    sum += std::log(evidence);
  }
  const auto full = at::zeros({K, D, D}, at::kDouble);
  for (int64_t k = 0; k < K; ++k) {
    const auto weight = posterior.select(1, k).unsqueeze(1);
    const double count = number(weight.sum());
    mixture.weights[k] = count / static_cast<double>(N);
    mixture.means[k] = (weight * rows).sum(0) / count;
    const auto away = rows - mixture.means[k];
    full[k] = at::matmul((weight * away).t(), away) / count + ridge * at::eye(D, at::kDouble);
  }
  mixture.covariances = mixture.kind == Covariance::full ? full : at::diagonal(full, 0, 1, 2).clone();
  return sum / static_cast<double>(N);
}

Mixture start_of(Covariance kind, at::Tensor means, double variance) {
  const int64_t K = means.size(0), D = means.size(1);
  const auto diagonal = at::full({K, D}, variance, at::kDouble);
  return {kind, at::full({K}, 1.0 / static_cast<double>(K), at::kDouble), means,
          kind == Covariance::full ? at::diag_embed(diagonal) : diagonal};
}

}  // namespace

TEST_CASE("expectation-maximisation agrees with the formulas row by row", "[clusters][mixture]") {
  const auto kind = GENERATE(Covariance::full, Covariance::diagonal);
  Rng rng(4, "test", "rows", 0, 0);
  const auto rows = rng.normal({37, 3}).to(at::kDouble) * at::tensor({1.0, 0.4, 2.0});
  auto slow = start_of(kind, rows.slice(0, 0, 4).clone(), 0.5);
  const auto fast = fit_mixture(rows, start_of(kind, rows.slice(0, 0, 4).clone(), 0.5),
                                {.tolerance = 0.0, .ridge = 1e-3, .iterations = 3});
  for (int i = 0; i < 3; ++i)
    CHECK(fast.bounds[static_cast<size_t>(i)] == Approx(slow_step(slow, rows, 1e-3)).epsilon(1e-10));
  CHECK((fast.mixture.means - slow.means).abs().max().item<double>() < 1e-9);
  CHECK((fast.mixture.covariances - slow.covariances).abs().max().item<double>() < 1e-9);
  CHECK((fast.mixture.weights - slow.weights).abs().max().item<double>() < 1e-12);
}

TEST_CASE("the likelihood never falls, whatever the number of blocks", "[clusters][mixture]") {
  Rng rng(5, "test", "rows", 0, 0);
  const auto rows = rng.normal({2500, 2}).to(at::kDouble);  // three blocks
  const auto fit = fit_mixture(rows, start_of(Covariance::full, rows.slice(0, 0, 5).clone(), 1.0),
                               {.tolerance = 0.0, .ridge = 0.0, .iterations = 20});
  for (size_t i = 1; i < fit.bounds.size(); ++i) CHECK(fit.bounds[i] >= fit.bounds[i - 1] - 1e-12);
}

TEST_CASE("one component is the mean and covariance of the rows", "[clusters][mixture]") {
  Rng rng(6, "test", "rows", 0, 0);
  const auto rows = rng.normal({1500, 3}).to(at::kDouble) * 2 + 1;
  const auto fit = fit_mixture(rows, start_of(Covariance::full, at::zeros({1, 3}, at::kDouble), 1.0), {.ridge = 0.0});
  const auto away = rows - rows.mean(0, true);
  CHECK((fit.mixture.means[0] - rows.mean(0)).abs().max().item<double>() < 1e-12);
  CHECK((fit.mixture.covariances[0] - at::matmul(away.t(), away) / 1500.0).abs().max().item<double>() < 1e-12);
  CHECK(fit.converged);
}

TEST_CASE("a covariance without rank is refused unless the ridge lifts it", "[clusters][mixture]") {
  const auto line = at::arange(6, at::kDouble).unsqueeze(1).repeat({1, 2});  // on the diagonal of the plane
  const auto labels = at::zeros({6}, at::kLong);
  const auto flat = mixture_of_labels(line, labels, 1, Covariance::full, 0.0);
  CHECK_THROWS_AS(fit_mixture(line, flat, {.ridge = 0.0}), Error);
  CHECK_NOTHROW(fit_mixture(line, mixture_of_labels(line, labels, 1, Covariance::full, 1e-6), {}));
}

TEST_CASE("mixtures agree with the reference values", "[clusters][mixture][data]") {
  const auto golden = testing::Golden::open("gmm");
  if (!golden) return;
  const auto label = golden->integers("input.component");
  const auto rows = golden->input("input.offsets").to(at::kDouble).index_select(0, label) +
                    0.6 * golden->input("input.noise").to(at::kDouble) *
                        golden->input("input.scales").to(at::kDouble).index_select(0, label);
  CHECK(golden->output_difference("X", rows) == "");
  for (const auto& [name, kind] : {std::pair{"full", Covariance::full}, {"diag", Covariance::diagonal}}) {
    const auto start = start_of(kind, golden->input("input.means").to(at::kDouble), 0.25);
    const auto fit = fit_mixture(rows, start, {.tolerance = 0.0, .ridge = 1e-6, .iterations = 5});
    const auto check = [&, prefix = std::string(name) + "."](const std::string& what, const at::Tensor& value) {
      CHECK(golden->output_difference(prefix + what, value) == "");
    };
    check("lower_bound_per_iteration", at::tensor(fit.bounds, at::kDouble));
    check("weights", fit.mixture.weights);
    check("means", fit.mixture.means);
    check("covariances", fit.mixture.covariances);
    const auto assigned = assign(fit.mixture, rows);
    check("labels", assigned.label);
    check("score_samples", assigned.log_likelihood);
    check("final_mean_log_likelihood", assigned.log_likelihood.mean());
    const auto joint = joint_log_density(fit.mixture, rows);
    check("responsibilities", at::softmax(joint, 1));
  }
}

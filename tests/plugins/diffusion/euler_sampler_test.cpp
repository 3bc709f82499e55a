#include "euler_sampler.h"

#include "noise_schedule.h"

#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/golden.h>
#include <torch/types.h>

#include <cmath>

using namespace bgraph::diffusion;

namespace {

constexpr double kMean = 0.4, kSd = 0.6;

/// The exact denoiser of data that are normal with mean kMean and sd kSd.
at::Tensor gaussian_denoiser(const at::Tensor& x, double sigma) {
  return (kSd * kSd * x + sigma * sigma * kMean) / (kSd * kSd + sigma * sigma);
}

/// What the exact flow makes of x, started at sigma: the deviation shrinks by the ratio of standard deviations.
double flow(double x, double sigma) { return kMean + (x - kMean) * kSd / std::sqrt(kSd * kSd + sigma * sigma); }

double euler_end(int64_t steps) {
  const auto x = at::full({1, 1, 1, 1}, 9.0, at::kDouble);
  return euler(x, step_levels(steps), gaussian_denoiser).item<double>();
}

}  // namespace

// On the Gaussian denoiser a step multiplies the deviation by 1 + (next - sigma) sigma / (sd^2 + sigma^2).
TEST_CASE("Euler steps over a Gaussian denoiser are the product of their closed forms", "[diffusion][euler_sampler]") {
  const auto levels = step_levels(7);
  double deviation = 9.0 - kMean;
  for (size_t i = 0; i + 1 < levels.size(); ++i)
    deviation *= 1 + (levels[i + 1] - levels[i]) * levels[i] / (kSd * kSd + levels[i] * levels[i]);
  CHECK(std::abs(euler_end(7) - (kMean + deviation)) < 1e-12);
}

TEST_CASE("Euler converges to the exact flow, its error halving with the step", "[diffusion][euler_sampler]") {
  const double exact = flow(9.0, noise_levels().back());
  const double coarse = std::abs(euler_end(125) - exact), fine = std::abs(euler_end(250) - exact);
  CHECK(fine < 0.02);
  CHECK(coarse / fine == Approx(2.0).margin(0.35));  // first order; the table's last level, .03, bounds the rest
}

TEST_CASE("a single level before zero lands on the denoised image", "[diffusion][euler_sampler]") {
  const auto x = at::full({2, 3, 1, 5}, 1.7, at::kDouble);
  CHECK(at::allclose(euler(x, {0.9, 0}, gaussian_denoiser), gaussian_denoiser(x, 0.9), 0, 1e-12));
}

TEST_CASE("guidance of scale 1 is the conditional, of scale 0 the unconditional image", "[diffusion][euler_sampler]") {
  const auto conditional = at::full({2, 3}, 0.75), unconditional = at::full({2, 3}, -0.5);  // exact in binary
  CHECK(guided(conditional, unconditional, 1).equal(conditional));
  CHECK(guided(conditional, unconditional, 0).equal(unconditional));
  CHECK(guided(conditional, unconditional, 5).equal(at::full({2, 3}, 5.75)));
}

// The case's denoiser: x / (1 + sigma^2) + v tanh(x / 2), with v = 0.8 conditional and 0.3 unconditional, guidance 5.
TEST_CASE("guided trajectories are those of the reference sampler", "[diffusion][euler_sampler][data]") {
  const auto golden = bgraph::testing::Golden::open("sgm_sampler");
  if (!golden) return;
  const auto branch = [](const at::Tensor& x, double sigma, double v) {
    return x / (1 + sigma * sigma) + v * (x / 2).tanh();
  };
  const auto denoise = [&](const at::Tensor& x, double sigma) {
    return guided(branch(x, sigma, 0.8), branch(x, sigma, 0.3), 5);
  };
  for (const auto& [steps, start] : {std::pair{38, 14}, std::pair{38, 0}, std::pair{25, 0}}) {
    const auto levels = remaining_levels(steps, start);
    std::vector<at::Tensor> trajectory;
    const auto x = euler(golden->input("input.x").to(at::kDouble) * levels.front(), levels, denoise, start,
                         [&](int64_t step, const at::Tensor& after) {
                           CHECK(step == start + static_cast<int64_t>(trajectory.size()));
                           trajectory.push_back(after);
                         });
    const std::string run = std::to_string(steps) + "_from_" + std::to_string(start);
    CHECK(golden->output_difference("trajectory." + run, at::stack(trajectory)) == "");
    CHECK(golden->output_difference("final." + run, x) == "");
  }
  CHECK(golden->not_compared() == "");
}

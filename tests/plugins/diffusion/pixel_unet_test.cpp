#include "noise_schedule.h"

#include <bgraph/sdk/components/diffusion_backend.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <torch/types.h>

#include <cmath>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr int64_t kSide = 16, kTokens = 6, kWidth = 5;

std::shared_ptr<DiffusionBackend> backend(const Json& more = Json::object()) {
  Json params = {{"image_size", kSide}, {"tokens", kTokens},     {"token_width", kWidth}, {"grid_height", 2},
                 {"grid_width", 3},     {"channels", {16, 24}},  {"blocks", 1},           {"heads", 2}};
  params.update(more);
  auto made = testing::build_component<DiffusionBackend>(testing::recipe("diffusion.pixel_unet", params));
  made->initialise(Rng(3, "test", "weights", 0, 0));
  return made;
}

/// Random in every parameter, also those that start at zero.
void scramble(DiffusionBackend& made) {
  const at::NoGradGuard guard;
  Rng rng(4, "test", "scramble", 0, 0);
  for (auto& parameter : made.parameters()) parameter.add_(0.1 * rng.normal(parameter.sizes()));
}

at::Tensor draw(const char* what, at::IntArrayRef shape) { return Rng(5, "test", what, 0, 0).normal(shape); }
at::Tensor pictures(int64_t count) { return Rng(6, "test", "images", 0, 0).uniform({count, 3, kSide, kSide}); }
Rng rng_of_row(int64_t row) { return {7, "test", "noise", 0, row}; }

}  // namespace

// v = (noise - sigma z) / sqrt(sigma^2 + 1) has unit variance, and a fresh network says 0.
TEST_CASE("the loss of a fresh network is the variance of its target", "[diffusion][pixel_unet]") {
  const auto made = backend({{"offset_noise", 0.0}, {"prediction", "v"}});
  const auto images = pictures(40), condition = draw("condition", {40, kTokens, kWidth});
  made->prepare(images, condition);
  const double loss = made->loss(images, condition, rng_of_row(0)).item<double>();
  CHECK(std::abs(loss - 1) < 4 * std::sqrt(2.0 / static_cast<double>(images.numel())));
}

TEST_CASE("the loss reaches every parameter but the unconditional token outside training",
          "[diffusion][pixel_unet]") {
  const auto made = backend();
  scramble(*made);
  const auto condition = draw("condition", {3, kTokens, kWidth});
  made->loss(pictures(3), condition, rng_of_row(1)).backward();
  for (const auto& parameter : made->named_parameters()) {
    INFO(parameter.key());
    const bool reached = parameter->grad().defined() && parameter->grad().abs().max().item<double>() > 0;
    CHECK(reached == (parameter.key() != "null_token"));
  }
}

TEST_CASE("in training with full dropout the condition does not matter", "[diffusion][pixel_unet]") {
  const auto made = backend({{"condition_dropout", 1.0}});
  scramble(*made);
  const auto loss = [&](const char* condition) {
    return made->loss(pictures(3), draw(condition, {3, kTokens, kWidth}), rng_of_row(1)).item<double>();
  };
  made->train();
  CHECK(loss("one") == loss("other"));
  made->eval();
  CHECK(loss("one") != loss("other"));
}

TEST_CASE("a sample depends on its own row alone", "[diffusion][pixel_unet]") {
  const auto made = backend();
  scramble(*made);
  const auto condition = draw("condition", {3, kTokens, kWidth}), start = pictures(3);
  const DiffusionBackend::Sampling sampling{.steps = 5, .start_index = 2, .guidance = 3};
  const auto all = made->sample(condition, start, sampling, rng_of_row);
  const auto last = made->sample(condition.slice(0, 2), start.slice(0, 2), sampling, [](int64_t) { return rng_of_row(2); });
  CHECK(at::allclose(all.slice(0, 2), last, 0, 1e-4));  // the batch size changes the last bits only
  CHECK((all[0] - all[1]).abs().max().item<double>() > 0.01);
}

// A fresh network says v = 0: D = x / (sigma^2 + 1), and one step from the lowest level of a schedule lands there.
TEST_CASE("the start image is taken to its level and denoised from there", "[diffusion][pixel_unet]") {
  const auto made = backend({{"offset_noise", 0.0}, {"prediction", "v"}});
  const auto start = 0.25 + 0.5 * pictures(2), condition = at::zeros({2, kTokens, kWidth});
  const double sigma = diffusion::step_levels(40)[39];
  const auto result = made->sample(condition, start, {.steps = 40, .start_index = 39, .guidance = 1}, rng_of_row);
  std::vector<at::Tensor> noise;
  for (int64_t row = 0; row < 2; ++row) {
    Rng rng = rng_of_row(row);
    rng.normal({3, kSide, kSide});  // what a start from noise would use
    noise.push_back(rng.normal({3, kSide, kSide}));
  }
  const auto expected = ((start + sigma * at::stack(noise)) / (sigma * sigma + 1)).clamp(0, 1);
  CHECK(at::allclose(result, expected, 0, 1e-5));
}

TEST_CASE("the learned token matters under guidance, and only where it is the unconditional branch",
          "[diffusion][pixel_unet]") {
  const auto changes = [](const char* unconditional, double guidance) {
    const auto made = backend({{"unconditional", unconditional}});
    scramble(*made);
    const auto condition = draw("condition", {2, kTokens, kWidth});
    const DiffusionBackend::Sampling sampling{.steps = 3, .guidance = guidance};
    const auto before = made->sample(condition, {}, sampling, rng_of_row);
    {
      const at::NoGradGuard guard;
      made->named_parameters()["null_token"].fill_(1.5);
    }
    return !made->sample(condition, {}, sampling, rng_of_row).equal(before);
  };
  CHECK(changes("null", 2));
  CHECK_FALSE(changes("null", 1));
  CHECK_FALSE(changes("noise", 2));
}

TEST_CASE("prepare makes training images of zero mean and unit variance, and tokens too", "[diffusion][pixel_unet]") {
  const auto made = backend();
  const auto images = 0.2 + 0.3 * pictures(9);
  const auto condition = 4 + 3 * draw("condition", {9, kTokens, kWidth});
  made->prepare(images, condition);
  const auto buffers = made->named_buffers();
  const auto z = (images - buffers["image_mean"].reshape({1, 3, 1, 1})) / buffers["image_scale"];
  CHECK(std::abs(z.square().mean().item<double>() - 1) < 1e-5);
  CHECK(at::allclose(buffers["token_mean"], condition.flatten(0, 1).mean(0), 1e-5));
  CHECK(at::allclose(buffers["token_scale"], condition.flatten(0, 1).std(0, false), 1e-4));
}

TEST_CASE("conditions and images of another shape are refused with both shapes", "[diffusion][pixel_unet]") {
  const auto made = backend();
  CHECK_THROWS_WITH(made->sample(at::zeros({1, 4, kWidth}), {}, {.steps = 2}, rng_of_row),
                    ContainsSubstring("[B, 6, 5], found [1, 4, 5]"));
  CHECK_THROWS_WITH(made->sample(at::zeros({1, kTokens, kWidth}), at::zeros({1, 3, 8, 8}), {.steps = 2}, rng_of_row),
                    ContainsSubstring("[B, 3, 16, 16], found [1, 3, 8, 8]"));
  CHECK_THROWS_WITH(made->sample(at::zeros({1, kTokens, kWidth}), pictures(1), {.steps = 2, .start_index = 2}, rng_of_row),
                    ContainsSubstring("start index 2 is outside the schedule of 2 steps"));
}

TEST_CASE("an image size that does not divide into patches and levels is refused", "[diffusion][pixel_unet]") {
  CHECK_THROWS_WITH(backend({{"image_size", 18}}), ContainsSubstring("divisible by 4, found 18"));
}

#include "unclip_backend.h"

#include "golden_networks.h"
#include "latent_images.h"
#include "noise_schedule.h"
#include "small_parts.h"

#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/values/images.h>
#include <torch/types.h>

#include <algorithm>

using namespace bgraph;
using namespace bgraph::diffusion;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr int64_t kSide = 16, kTokens = 5, kWidth = 10;

Rng rng_of(const char* purpose) { return {24, "test", purpose, 0, 0}; }
Rng rng_of_row(int64_t row) { return {25, "test", "noise", 0, row}; }

double difference(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

Model joined(const Model& unet, const Model& autoencoder) {
  testing::NodeRun run("diffusion.unclip");
  run.set("image_size", kSide).set("sizes", {16, 16, 0, 0}).in("unet", unet).in("autoencoder", autoencoder);
  return run.run().out<Model>("model");
}

std::shared_ptr<DiffusionBackend> backend() {
  return testing::build_component<DiffusionBackend>(joined(small_unet(kWidth, 8), small_autoencoder()));
}

at::Tensor conditions(int64_t rows) { return rng_of("condition").normal({rows, kTokens, kWidth}); }
at::Tensor pictures(int64_t rows) { return rng_of("images").uniform({rows, 3, kSide, kSide}); }

}  // namespace

// The whole of the authors' generate(): start image or none, all random numbers given, what x is on the way.
TEST_CASE("dual-branch and semantic sampling are those of the reference", "[diffusion][unclip][data]") {
  const auto golden = testing::Golden::open("sgm_img2img");
  if (!golden) return;
  const auto& config = (*golden)["config"];
  const auto network =
      golden_component<DenoisingNetwork>(*golden, "diffusion.sgm_unet", config.at("unet"), "model.diffusion_model.");
  const auto autoencoder =
      golden_component<Autoencoder>(*golden, "diffusion.autoencoder_kl", config.at("vae"), "first_stage_model.");
  Unclip unclip(UnclipParams{});
  unclip.set_parts({{"unet", network}, {"autoencoder", autoencoder}});
  CHECK(golden->output_difference("vector", unclip.size_vector(1)) == "");

  const auto context = golden->input("input.context");
  const auto noise = golden->input("input.noise") + 0.04 * golden->input("input.offset").reshape({1, 1, 1, 1});
  const auto photo = golden->input("input.init_image").permute({2, 0, 1}).unsqueeze(0);  // [1, 3, 224, 224]
  const auto start = at::upsample_bilinear2d(photo, {256, 256}, false);
  const auto check_run = [&](const std::string& prefix, const at::Tensor& from, const at::Tensor& posterior,
                             int64_t first, const std::vector<int64_t>& seen) {
    at::Tensor latent;
    const Sampling sampling{config.at("steps"), first, config.at("cfg"), [&](int64_t step, const at::Tensor& x) {
                              latent = x;
                              if (std::find(seen.begin(), seen.end(), step) == seen.end()) return;
                              const auto name = prefix + "x_after_step." + std::to_string(step);
                              CHECK(golden->output_difference(name, x) == "");
                            }};
    const auto image =
        unclip.generate(context, from, sampling, {posterior, golden->input("input.uncond_tokens"), noise});
    CHECK(golden->output_difference(prefix + "latent", latent) == "");
    const at::NoGradGuard guard;
    CHECK(golden->output_difference(prefix + "decoded", 2 * autoencoder->decode(latent) - 1) == "");
    const auto less_contrast = ((image - 0.5) * 0.8 + 0.5).clamp(0, 1);  // as diffusion.sample does
    CHECK(golden->output_difference(prefix + "image", less_contrast) == "");
  };
  check_run("", start, golden->input("input.posterior_noise"), config.at("start_step"), {14, 15, 25});
  check_run("semantic_only.", {}, golden->input("input.semantic_start"), 0, {0, 19});
  CHECK(golden->not_compared() == "");
}

// The UNet of zeros sees no noise, so that x stays where it was put.
TEST_CASE("with a fresh UNet the image is the decoded noised start image, whatever the condition",
          "[diffusion][unclip]") {
  Model fresh = small_unet(kWidth, 8);
  fresh.weights.clear();
  const auto network = testing::build_component<DenoisingNetwork>(fresh);
  network->initialise(rng_of("fresh"));
  const auto autoencoder = testing::build_component<Autoencoder>(small_autoencoder());
  Unclip unclip({.image_size = kSide, .sizes = {16, 16, 0, 0}, .offset_noise = 0.3});
  unclip.set_parts({{"unet", network}, {"autoencoder", autoencoder}});
  const auto start = pictures(2), condition = conditions(2);
  const Sampling sampling{.steps = 38, .start_index = 30, .guidance = 5};
  const auto draws = unclip.draw(condition, rng_of_row);
  const auto expected = latents_of(*autoencoder, start, {}) + step_levels(38)[30] * draws.noise;
  const auto image = unclip.sample(condition, start, sampling, rng_of_row);
  CHECK(difference(image, images_of(*autoencoder, expected)) < 1e-5);
  CHECK(image.equal(unclip.sample(-condition, start, sampling, rng_of_row)));
}

TEST_CASE("an image depends on its own row of condition, start and numbers alone", "[diffusion][unclip]") {
  const auto made = backend();
  const auto condition = conditions(3), start = pictures(3);
  const Sampling sampling{.steps = 6, .start_index = 2, .guidance = 3};
  const auto all = made->sample(condition, start, sampling, rng_of_row);
  const auto last =
      made->sample(condition.slice(0, 2), start.slice(0, 2), sampling, [](int64_t) { return rng_of_row(2); });
  CHECK(difference(all.slice(0, 2), last) < 1e-4);
  CHECK(difference(all[0], all[1]) > 1e-3);
  CHECK(all.min().item<double>() >= 0);
  CHECK(all.max().item<double>() <= 1);
}

TEST_CASE("without guidance the unconditional tokens do not matter, with it they do", "[diffusion][unclip]") {
  Unclip unclip({.image_size = kSide, .sizes = {16, 16, 0, 0}});
  unclip.set_parts({{"unet", testing::build_component<Component>(small_unet(kWidth, 8))},
                    {"autoencoder", testing::build_component<Component>(small_autoencoder())}});
  const auto condition = conditions(1);
  const auto draws = unclip.draw(condition, rng_of_row);
  auto other = draws;
  other.unconditional = -draws.unconditional;
  const auto changes = [&](double guidance) {
    const Sampling sampling{.steps = 3, .guidance = guidance};
    return difference(unclip.generate(condition, {}, sampling, draws), unclip.generate(condition, {}, sampling, other));
  };
  CHECK(changes(1) == 0);
  CHECK(changes(5) > 0);
}

TEST_CASE("the joint loss reaches the condition and the UNet and leaves the autoencoder alone", "[diffusion][unclip]") {
  const auto network = testing::build_component<DenoisingNetwork>(small_unet(kWidth, 8));
  const auto autoencoder = testing::build_component<Autoencoder>(small_autoencoder());
  Unclip unclip({.image_size = kSide, .sizes = {16, 16, 0, 0}});
  unclip.set_parts({{"unet", network}, {"autoencoder", autoencoder}});
  const auto condition = conditions(2).set_requires_grad(true);
  const auto loss = unclip.loss(pictures(2), condition, rng_of_row(0));
  CHECK(loss.item<double>() == unclip.loss(pictures(2), condition, rng_of_row(0)).item<double>());
  loss.backward();
  CHECK(condition.grad().abs().max().item<double>() > 0);
  for (const auto& item : network->named_parameters()) {
    INFO(item.key());
    CHECK(item.value().grad().defined());
  }
  for (const auto& parameter : autoencoder->parameters()) CHECK_FALSE(parameter.grad().defined());
}

TEST_CASE("diffusion.sample paints with a joined backend, which carries the training ids of its UNet",
          "[diffusion][unclip]") {
  Model network = small_unet(kWidth, 8);
  network.trained_on = at::tensor({7, 8}, at::kLong);
  network.trained_space = "photos";
  const auto model = joined(network, small_autoencoder());
  CHECK(model.trained_on.equal(network.trained_on));
  CHECK(model.trained_space == "photos");
  const Features tokens{.layers = {{"grid", conditions(2), 0, 0}}, .image_id = at::arange(2), .id_space = "photos",
                        .split = "validation", .network = "some"};
  testing::NodeRun sampling("diffusion.sample");
  sampling.set("steps", 3).in("condition", tokens).in("backend", model);
  CHECK(sampling.run().out<Images>("images").pixels.sizes() == at::IntArrayRef({2, 3, kSide, kSide}));
}

TEST_CASE("parts that do not fit are refused with the reason", "[diffusion][unclip]") {
  const auto network = testing::build_component<Component>(small_unet(kWidth, 8));
  const auto autoencoder = testing::build_component<Component>(small_autoencoder());
  Unclip unclip({.image_size = kSide});
  CHECK_THROWS_WITH(unclip.set_parts({{"unet", network}}), ContainsSubstring("needs the part 'autoencoder'"));
  CHECK_THROWS_WITH(unclip.set_parts({{"unet", autoencoder}, {"autoencoder", autoencoder}}),
                    ContainsSubstring("takes a DenoisingNetwork as 'unet', found a Autoencoder"));
  Unclip odd({.image_size = 24});
  CHECK_THROWS_WITH(odd.set_parts({{"unet", network}, {"autoencoder", autoencoder}}),
                    ContainsSubstring("image_size 24 is not divisible by 16"));
  Unclip few({.image_size = kSide, .sizes = {1, 2, 3}});
  CHECK_THROWS_WITH(few.set_parts({{"unet", network}, {"autoencoder", autoencoder}}),
                    ContainsSubstring("width 8 does not divide into sinusoids of 3 numbers"));
}

TEST_CASE("the joining node refuses what does not fit, before anything is loaded", "[diffusion][unclip]") {
  const Model network = small_unet(kWidth, 8);
  const Model wide = scrambled("diffusion.tiny_autoencoder", {{"latent_channels", 16}});
  CHECK_THROWS_WITH(joined(network, wide), ContainsSubstring("latents of 4 channels, the autoencoder makes 16"));
  Model torn = small_autoencoder();
  torn.weights.erase("decoder.19.bias");
  CHECK_THROWS_WITH(joined(network, torn), ContainsSubstring("missing 'decoder.19.bias'"));
}

#include "golden_networks.h"
#include "kl_autoencoder.h"

#include <bgraph/sdk/nn/parameter_kind.h>
#include <bgraph/sdk/testing/catch.h>
#include <torch/types.h>

using namespace bgraph;
using namespace bgraph::diffusion;
using Catch::Matchers::ContainsSubstring;

namespace {

Rng rng_of(const char* purpose) { return {22, "test", purpose, 0, 0}; }

KlAutoencoder small() {
  KlAutoencoder made({.ch = 32, .ch_mult = {1, 2}, .num_res_blocks = 1, .z_channels = 3, .scale_factor = 0.5});
  made.initialise(rng_of("weights"));
  return made;
}

double difference(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

}  // namespace

TEST_CASE("the autoencoder agrees with the reference: moments, sampled latent, decoded image",
          "[diffusion][kl_autoencoder][data]") {
  const auto name = GENERATE(as<std::string>(), "sgm_vae", "sgm_vae_eps");
  const auto golden = testing::Golden::open(name);
  if (!golden) return;
  const auto& config = (*golden)["config"];
  const auto autoencoder = golden_component<Autoencoder>(*golden, "diffusion.autoencoder_kl", config, "");
  const auto params = known_params("diffusion.autoencoder_kl", config);
  KlAutoencoder twin({.ch = params.at("ch"),
                      .ch_mult = params.at("ch_mult").get<std::vector<int64_t>>(),
                      .num_res_blocks = params.at("num_res_blocks"),
                      .z_channels = params.at("z_channels")});
  load_weights(twin, golden->tensors(), "twin");
  const double scale = testing::recipe("diffusion.autoencoder_kl", Json::object()).params.at("scale_factor");
  const at::NoGradGuard guard;
  const auto image = (golden->input("input.image") + 1) / 2;  // the case's are in [-1, 1]
  CHECK(golden->output_difference("moments", twin.moments(image)) == "");
  const auto latent = autoencoder->encode(image, golden->input("input.posterior_noise"));
  CHECK(golden->output_difference("latent_unscaled", latent / scale) == "");
  CHECK(golden->output_difference("decoded", 2 * autoencoder->decode(golden->input("input.z") * scale) - 1) == "");
  int64_t numbers = 0;
  for (const auto& parameter : autoencoder->parameters()) numbers += parameter.numel();
  CHECK(numbers == (*golden)["parameter_count"]);
  CHECK(golden->not_compared() == "");
}

TEST_CASE("the full-size autoencoder has the names, shapes and parameter count of the published one",
          "[diffusion][kl_autoencoder][data]") {
  const auto layouts = testing::Golden::open("layouts");
  if (!layouts) return;
  const auto& vae = (*layouts)["vae"];
  std::map<std::string, std::vector<int64_t>> expected, found;
  for (const auto& entry : vae.at("entries")) expected[entry.at(0)] = entry.at(1).get<std::vector<int64_t>>();
  const ParameterScope shapes_only({.device = at::kMeta});
  const auto made = testing::build_component<Autoencoder>(testing::recipe("diffusion.autoencoder_kl", Json::object()));
  int64_t numbers = 0;
  for (const auto& item : made->named_parameters()) {
    found[item.key()] = item.value().sizes().vec();
    numbers += item.value().numel();
  }
  CHECK(found == expected);
  CHECK(numbers == vae.at("parameter_count"));
}

TEST_CASE("without noise the latent is the posterior's mean, with noise it lies one deviation per unit away",
          "[diffusion][kl_autoencoder]") {
  auto autoencoder = small();
  const at::NoGradGuard guard;
  const auto images = rng_of("images").uniform({2, 3, 6, 4});
  const auto mean = autoencoder.encode(images, {});
  REQUIRE(mean.sizes() == at::IntArrayRef({2, 3, 3, 2}));
  const auto noise = rng_of("noise").normal(mean.sizes());
  const auto up = autoencoder.encode(images, noise) - mean, down = autoencoder.encode(images, -noise) - mean;
  CHECK(difference(up, -down) < 1e-6);
  const auto deviation = 0.5 * (autoencoder.moments(images).chunk(2, 1)[1] / 2).exp();  // scale_factor 0.5
  CHECK(difference(up / noise, deviation) < 1e-4);
}

TEST_CASE("rows of images are encoded and decoded alone", "[diffusion][kl_autoencoder]") {
  auto autoencoder = small();
  const at::NoGradGuard guard;
  const auto images = rng_of("images").uniform({3, 3, 4, 6});
  const auto latents = autoencoder.encode(images, {});
  CHECK(difference(latents.slice(0, 1, 2), autoencoder.encode(images.slice(0, 1, 2), {})) < 1e-5);
  CHECK(difference(autoencoder.decode(latents).slice(0, 2), autoencoder.decode(latents.slice(0, 2))) < 1e-5);
}

TEST_CASE("images whose sides the autoencoder cannot halve are refused", "[diffusion][kl_autoencoder]") {
  auto autoencoder = small();
  CHECK_THROWS_WITH(autoencoder.encode(at::zeros({1, 3, 5, 4}), {}),
                    ContainsSubstring("divisible by 2, found [1, 3, 5, 4]"));
}

#include "latent_denoiser.h"

#include "golden_networks.h"
#include "noise_schedule.h"

#include <bgraph/sdk/testing/catch.h>
#include <torch/types.h>

#include <cmath>

using namespace bgraph;
using namespace bgraph::diffusion;

namespace {

Rng rng_of(const char* purpose) { return {23, "test", purpose, 0, 0}; }

double difference(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

/// Knows the clean latents, which its condition's context holds, and so the noise exactly.
class Oracle final : public DenoisingNetwork {
 public:
  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const at::Tensor& context, const at::Tensor&) override {
    ++calls;
    const double sigma = noise_levels()[t[0].item<int64_t>()];
    const auto z = context.reshape(x.sizes());
    return (x * std::sqrt(sigma * sigma + 1) - z) / sigma;
  }
  int64_t channels() const override { return 2; }
  int64_t context_width() const override { return 6; }
  int64_t vector_width() const override { return 1; }
  int64_t factor() const override { return 1; }
  void initialise(Rng) override {}

  int64_t calls = 0;
};

Condition condition_of(const at::Tensor& z) { return {z.flatten(2), at::zeros({z.size(0), 1}, z.options())}; }

}  // namespace

TEST_CASE("with a network that knows the noise, sampling from any level lands on the clean latents",
          "[diffusion][latent_denoiser]") {
  Oracle oracle;
  const auto z = rng_of("z").normal({3, 2, 2, 3}).to(at::kDouble);
  const auto noise = rng_of("noise").normal({3, 2, 2, 3}).to(at::kDouble);
  for (const int64_t start : {0, 14, 37}) {
    const auto levels = remaining_levels(38, start);
    const auto denoise = guided_denoiser(oracle, condition_of(z), condition_of(z), 5);
    CHECK(difference(euler(z + levels.front() * noise, levels, denoise), z) < 1e-10);
  }
}

TEST_CASE("guidance between equal conditions does nothing, of scale 1 it runs one branch, of scale 0 the other decides",
          "[diffusion][latent_denoiser]") {
  Oracle oracle;
  const auto z = rng_of("z").normal({1, 2, 2, 3}), other = rng_of("other").normal({1, 2, 2, 3});
  const auto x = z + 0.7 * rng_of("noise").normal({1, 2, 2, 3});
  const auto given = condition_of(z), without = condition_of(other);
  const auto guided_by = [&](const Condition& unconditional, double scale) {
    return guided_denoiser(oracle, given, unconditional, scale)(x, 0.7);
  };
  CHECK(difference(guided_by(given, 7), z) < 1e-5);
  CHECK(difference(guided_by(without, 0), other) < 1e-5);
  CHECK(difference(guided_by(without, 3), other + 3 * (z - other)) < 1e-5);
  oracle.calls = 0;
  CHECK(difference(guided_by({}, 1), z) < 1e-6);
  CHECK(oracle.calls == 1);
}

TEST_CASE("the loss is that of denoised latents, weighted by sigma^-2", "[diffusion][latent_denoiser]") {
  Oracle oracle;
  const auto z = rng_of("z").normal({2, 2, 2, 3}).to(at::kDouble);
  const auto noise = rng_of("noise").normal({2, 2, 2, 3}).to(at::kDouble);
  const auto believed = condition_of(rng_of("wrong").normal({2, 2, 2, 3}).to(at::kDouble));
  for (const int64_t t : {3, 400, 998}) {
    const double sigma = noise_levels()[t];
    const auto loss = denoising_loss(oracle, z, at::full({2}, t, at::kLong), noise, believed);
    const auto clean = denoised(oracle, z + sigma * noise, sigma, believed);
    const auto expected = (clean - z).square().flatten(1).mean(1) / (sigma * sigma);
    CHECK(((loss - expected).abs() / expected).max().item<double>() < 1e-9);
    CHECK(denoising_loss(oracle, z, at::full({2}, t, at::kLong), noise, condition_of(z)).max().item<double>() < 1e-18);
  }
}

TEST_CASE("the joint training loss and its gradients are those of the reference", "[diffusion][latent_denoiser][data]") {
  const auto golden = testing::Golden::open("sgm_train_loss");
  if (!golden) return;
  const std::string prefix = "model.diffusion_model.";
  const auto& config = (*golden)["config"].at("unet");
  const auto unet = golden_component<DenoisingNetwork>(*golden, "diffusion.sgm_unet", config, prefix);
  const auto context = golden->input("input.context").set_requires_grad(true);
  const auto noise = golden->input("input.noise") + 0.04 * golden->input("input.offset").unsqueeze(-1).unsqueeze(-1);
  const auto loss = denoising_loss(*unet, golden->input("input.z0"), golden->integers("input.sigma_index"), noise,
                                   {context, golden->input("input.vector")});
  CHECK(golden->output_difference("loss_per_sample", loss) == "");
  loss.mean().backward();
  const auto parameters = unet->named_parameters();
  for (const auto& record : (*golden)["gradients"]) {
    const auto name = record.at("name").get<std::string>();
    const auto gradient = name == "input.context" ? context.grad() : parameters[name].grad();
    CHECK(golden->gradient_difference(name, gradient) == "");
  }
  CHECK(golden->not_compared() == "");
}

TEST_CASE("the refinement loop is that of the reference", "[diffusion][latent_denoiser][data]") {
  const auto golden = testing::Golden::open("sgm_refine");
  if (!golden) return;
  const auto& config = (*golden)["config"];
  const auto unet =
      golden_component<DenoisingNetwork>(*golden, "diffusion.sgm_unet", config.at("unet"), "model.diffusion_model.");
  const int64_t steps = config.at("steps"), start = steps + 1 - config.at("keep").get<int64_t>();
  const auto levels = remaining_levels(steps, start);
  CHECK(golden->output_difference("sigmas", at::tensor(levels)) == "");
  const at::NoGradGuard guard;
  const auto denoise =
      guided_denoiser(*unet, {golden->input("input.context"), golden->input("input.vector")},
                      {golden->input("input.uncond_context"), golden->input("input.uncond_vector")}, 5);
  const auto x = golden->input("input.z") + levels.front() * golden->input("input.noise");
  euler(x, levels, denoise, 0, [&](int64_t step, const at::Tensor& after) {
    if (step == 0 || step == 3 || step == 7)
      CHECK(golden->output_difference("x_after_step." + std::to_string(step), after) == "");
  });
  CHECK(golden->not_compared() == "");
}

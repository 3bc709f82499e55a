#include "latent_denoiser.h"
#include "latent_images.h"
#include "noise_schedule.h"
#include "small_parts.h"
#include "time_embedding.h"

#include <bgraph/sdk/components/refiner.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <bgraph/sdk/values/images.h>
#include <torch/types.h>

#include <unistd.h>

#include <filesystem>

using namespace bgraph;
using namespace bgraph::diffusion;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr int64_t kSide = 16, kTokens = 7, kContext = 12, kPooled = 9, kSinusoid = 4;

Rng rng_of(const char* purpose) { return {27, "test", purpose, 0, 0}; }
Rng rng_of_row(int64_t row) { return {28, "test", "noise", 0, row}; }

Model unet() { return small_unet(kContext, kPooled + 6 * kSinusoid); }

std::map<std::string, at::Tensor> prompts() {
  Rng rng = rng_of("prompts");
  return {{"prompt_context", rng.normal({kTokens, kContext})}, {"negative_context", rng.normal({kTokens, kContext})},
          {"prompt_pooled", rng.normal({kPooled})}, {"negative_pooled", rng.normal({kPooled})}};
}

/// A file of prompts that lives as long as the object.
class PromptFile {
 public:
  explicit PromptFile(const std::map<std::string, at::Tensor>& tensors)
      : path_(std::filesystem::temp_directory_path() / ("bgraph_prompts_" + std::to_string(::getpid()) + ".safetensors")) {
    write_safetensors(path_, tensors, {});
  }
  ~PromptFile() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

Model refiner() {
  const PromptFile file(prompts());
  testing::NodeRun run("diffusion.sdxl_refiner");
  run.set("prompts", file.path()).set("image_size", kSide).set("sizes", {16, 16, 0, 0, 32, 32});
  run.in("unet", unet()).in("autoencoder", small_autoencoder());
  return run.run().out<Model>("model");
}

Images pictures(int64_t rows, int64_t side) {
  return {.pixels = rng_of("images").uniform({rows, 3, side, side}), .image_id = at::arange(rows),
          .category = at::full({rows}, -1, at::kLong), .id_space = "some", .split = "validation"};
}

double difference(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

}  // namespace

TEST_CASE("refinement is the loop written out", "[diffusion][sdxl_refiner]") {
  const auto model = refiner();
  const auto made = testing::build_component<Refiner>(model);
  const auto network = testing::build_component<DenoisingNetwork>(model.parts.at("unet"));
  const auto autoencoder = testing::build_component<Autoencoder>(model.parts.at("autoencoder"));
  const auto image = pictures(1, kSide).pixels;
  const auto refined = made->refine(image, {.steps = 25, .start_index = 22, .guidance = 5}, rng_of_row);

  const at::NoGradGuard guard;
  Rng rng = rng_of_row(0);
  rng.normal({1, 4, 2, 2});  // posterior noise, of which this autoencoder has none
  const auto levels = step_levels(25);
  auto x = autoencoder->encode(image, {}) + levels[22] * rng.normal({1, 4, 2, 2});
  const auto text = prompts();
  const auto sizes = number_embeddings(at::tensor({16.0, 16.0, 0.0, 0.0, 32.0, 32.0}).unsqueeze(0), kSinusoid);
  const auto condition = [&](const std::string& which) {
    const auto pooled = text.at(which + "_pooled").unsqueeze(0);
    return Condition{text.at(which + "_context").unsqueeze(0), at::cat({pooled, sizes}, 1)};
  };
  for (size_t i = 22; i < 25; ++i) {
    const auto given = denoised(*network, x, levels[i], condition("prompt"));
    const auto without = denoised(*network, x, levels[i], condition("negative"));
    const auto clean = without + 5 * (given - without);
    x = x + (levels[i + 1] - levels[i]) * (x - clean) / levels[i];
  }
  CHECK(difference(refined, autoencoder->decode(x).clamp(0, 1)) < 1e-4);
}

TEST_CASE("without guidance the negative prompt does not matter, with it it does", "[diffusion][sdxl_refiner]") {
  Model model = refiner();
  const auto refine = [&](double guidance) {
    return testing::build_component<Refiner>(model)->refine(
        pictures(1, kSide).pixels, {.steps = 25, .start_index = 23, .guidance = guidance}, rng_of_row);
  };
  const auto plain = refine(1), guided_image = refine(5);
  model.weights["negative_context"] = -model.weights["negative_context"];
  CHECK(difference(refine(1), plain) == 0);
  CHECK(difference(refine(5), guided_image) > 0);
}

TEST_CASE("diffusion.refine keeps ids and split, resizes the result, and chunks are rows of the whole",
          "[diffusion][refine]") {
  testing::NodeRun run("diffusion.refine");
  run.set("steps", 4).set("start_index", 2).set("size", 12).in("refiner", refiner()).in("images", pictures(3, 10));
  const auto whole = run.run().out<Images>("refined");
  CHECK(whole.pixels.sizes() == at::IntArrayRef({3, 3, 12, 12}));
  CHECK(whole.image_id.equal(at::arange(3)));
  CHECK(whole.split == "validation");
  CHECK(whole.pixels.min().item<double>() >= 0);
  CHECK(whole.pixels.max().item<double>() <= 1);
  CHECK(run.chunk(1, 3).run().out<Images>("refined").pixels.equal(whole.pixels.slice(0, 1)));
}

TEST_CASE("a file without all prompts, and a UNet of another family, are refused", "[diffusion][sdxl_refiner]") {
  auto few = prompts();
  few.erase("prompt_pooled");
  const PromptFile file(few);
  testing::NodeRun run("diffusion.sdxl_refiner");
  run.set("prompts", file.path()).in("unet", unet()).in("autoencoder", small_autoencoder());
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("holds no 'prompt_pooled' of rank 1"));
  Model model = refiner();
  model.params["sizes"] = {1, 2, 3, 4, 5};
  CHECK_THROWS_WITH(testing::build_component<Refiner>(model), ContainsSubstring("5 sinusoids"));
}

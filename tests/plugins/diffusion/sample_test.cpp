#include <bgraph/sdk/components/diffusion_backend.h>
#include <bgraph/sdk/node.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <torch/types.h>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr int64_t kSide = 16, kTokens = 4, kWidth = 5;

Model prior() {
  Model model = testing::recipe("diffusion.pixel_unet", {{"image_size", kSide}, {"tokens", kTokens}, {"token_width", kWidth},
                                                         {"grid_height", 2}, {"grid_width", 2}, {"channels", {8, 16}},
                                                         {"blocks", 1}, {"heads", 2}});
  const auto built = testing::build_component<DiffusionBackend>(model);
  Rng rng(1, "test", "weights", 0, 0);
  for (const auto& [name, tensor] : weights_of(*built)) model.weights[name] = tensor + 0.05 * rng.normal(tensor.sizes());
  return model;
}

Features tokens(int64_t rows) {
  return {.layers = {{"grid", Rng(2, "test", "tokens", 0, 0).normal({rows, kTokens, kWidth}), 2, 2}},
          .image_id = 100 + at::arange(rows),
          .id_space = "toy",
          .split = "validation",
          .network = "some"};
}

Images start(int64_t rows, int64_t size = kSide) {
  return {.pixels = Rng(3, "test", "start", 0, 0).uniform({rows, 3, size, size}),
          .image_id = 100 + at::arange(rows),
          .category = at::full({rows}, -1, at::kLong),
          .id_space = "toy",
          .split = "validation"};
}

testing::NodeRun sampling(int64_t rows) {
  testing::NodeRun run("diffusion.sample");
  run.set("steps", 4).set("start_index", 2).in("condition", tokens(rows)).in("backend", prior());
  return run;
}

}  // namespace

TEST_CASE("samples carry the ids and the split of their condition and lie in [0, 1]", "[diffusion][sample]") {
  const auto images = sampling(3).run().out<Images>("images");
  CHECK(images.pixels.sizes() == at::IntArrayRef({3, 3, kSide, kSide}));
  CHECK(images.image_id.equal(100 + at::arange(3)));
  CHECK(images.split == "validation");
  CHECK(images.pixels.min().item<double>() >= 0);
  CHECK(images.pixels.max().item<double>() <= 1);
}

TEST_CASE("a chunk gives the rows of the whole", "[diffusion][sample]") {
  auto run = sampling(5);
  run.in("start", start(5));
  const auto whole = run.run().out<Images>("images").pixels;
  const auto part = run.chunk(3, 5).run().out<Images>("images").pixels;
  CHECK(at::allclose(part, whole.slice(0, 3, 5), 0, 1e-4));  // the batch size changes the last bits only
}

TEST_CASE("contrast zero point is mid grey", "[diffusion][sample]") {
  auto run = sampling(2);
  const auto plain = run.run().out<Images>("images").pixels;
  const auto half = run.set("contrast", 0.5).run().out<Images>("images").pixels;
  CHECK(at::allclose(half - 0.5, 0.5 * (plain - 0.5), 0, 1e-6));
}

TEST_CASE("start images of another size are scaled", "[diffusion][sample]") {
  CHECK(sampling(2).in("start", start(2, 8)).run().out<Images>("images").pixels.size(2) == kSide);
}

TEST_CASE("start images of other stimuli are refused", "[diffusion][sample]") {
  auto wrong = start(2);
  wrong.image_id = wrong.image_id.flip(0);
  CHECK_THROWS_WITH(sampling(2).in("start", wrong).run(), ContainsSubstring("not about the same images"));
}

TEST_CASE("tokens that are not finite are refused", "[diffusion][sample]") {
  auto bad = tokens(2);
  bad.layers[0].tokens[1][0][0] = std::numeric_limits<float>::quiet_NaN();
  testing::NodeRun run("diffusion.sample");
  CHECK_THROWS_WITH(run.in("condition", bad).in("backend", prior()).run(), ContainsSubstring("not finite"));
}

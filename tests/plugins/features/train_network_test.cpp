// Training a small network: it learns, says on what, leaves standardised taps, and repeats itself.
#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>

using namespace bgraph;

namespace {

/// Noise in which the category is the colour channel that is brighter.
Images pictures(int64_t count) {
  const auto ids = at::arange(50, 50 + count, at::TensorOptions().dtype(at::kLong));
  const at::Tensor category = ids.remainder(3);
  at::Tensor pixels = 0.6 * Rng(1, "train_network", "pictures", 0, 0).uniform({count, 3, 8, 8});
  for (int64_t i = 0; i < count; ++i) pixels[i][category[i].item<int64_t>()] += 0.3;
  return {pixels, ids, category, "toy", "external"};
}

testing::NodeRun training(const Images& images) {
  testing::NodeRun run("features.train_network");
  run.in("images", images).set("name", "tiny").set("channels", {6, 8}).set("batch", 16).set("epochs", 12).set("rate", 2e-2);
  return run;
}

}  // namespace

TEST_CASE("a network learns the category and to give back its image", "[features][train_network]") {
  const Images images = pictures(120);
  auto run = training(images);
  run.run();
  const auto cells = run.out<Table>("scores").rows.at(0).cells;
  CHECK(std::get<double>(cells.at("accuracy")) > 0.8);  // of three
  CHECK(std::get<double>(cells.at("R2 stage1")) > 0.5);

  const Model model = run.out<Model>("model");
  CHECK(model.notes.at("name") == "tiny");
  CHECK(model.trained_on.equal(images.image_id.slice(0, 0, 108)));  // a tenth is held out
  at::NoGradGuard no_grad;
  const auto grids = testing::build_component<ImageBackbone>(model)->forward(images.pixels.slice(0, 0, 108));
  for (const auto& grid : grids) {
    const at::Tensor tokens = grid.tokens.flatten(0, 1).to(at::kDouble);
    CHECK(tokens.mean(0).abs().max().item<double>() < 1e-3);         // sums in float32
    CHECK(tokens.std(0, false).max().item<double>() < 1.0 + 1e-3);   // quiet channels stay below one
    CHECK(tokens.std(0, false).max().item<double>() > 0.99);
  }
}

TEST_CASE("the same seed gives the same weights, another seed others", "[features][train_network]") {
  const Images images = pictures(40);
  const auto weights = [&](int64_t seed) {
    auto run = training(images);
    return run.seed(seed).set("epochs", 1).run().out<Model>("model").weights.at("stage2.conv1.weight");
  };
  const at::Tensor first = weights(0);
  CHECK(weights(0).equal(first));
  CHECK(!weights(1).equal(first));
}

TEST_CASE("training refuses unlabelled images and too few of them", "[features][train_network]") {
  Images images = pictures(40);
  images.category = images.category - 1;
  CHECK_THROWS_WITH(training(images).run(), Catch::Matchers::ContainsSubstring("no category"));
  CHECK_NOTHROW(training(images).set("classify", 0.0).set("epochs", 1).run());
  CHECK_THROWS_WITH(training(pictures(10)).run(), Catch::Matchers::ContainsSubstring("less than one batch"));
}

// features.tokens: what it tokenises is what the network taps; labels and identities stay.
#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/nn/tokenisation.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <bgraph/sdk/values/features.h>
#include <bgraph/sdk/values/table.h>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>

using namespace bgraph;

namespace {

Images pictures(int64_t first, int64_t count, std::string split = "train") {
  const auto ids = at::arange(first, first + count, at::TensorOptions().dtype(at::kLong));
  return {Rng(first, "tokens", "pictures", 0, 0).uniform({count, 3, 8, 8}), ids, at::full({count}, -1, at::kLong),
          "toy", std::move(split)};
}

Model network() {
  Model model = testing::recipe("features.convnet", {{"channels", {3, 5, 7}}, {"image_size", 8}});
  const auto fresh = testing::build_component<ImageBackbone>(model);
  fresh->initialise(Rng(5, "tokens", "weights", 0, 0));
  model.weights = weights_of(*fresh);
  model.notes["name"] = "tiny";
  return model;
}

testing::NodeRun tokens_of(const std::vector<Images>& images) {
  testing::NodeRun run("features.tokens");
  for (const auto& part : images) run.in("images", part);
  run.in("model", network());
  return run;
}

}  // namespace

TEST_CASE("tokens are the unfolded taps of the network", "[features][tokens]") {
  const Images images = pictures(40, 5);
  auto run = tokens_of({images});
  run.set("layers", {"stage1", "stage2"}).set("kernels", {2, 1}).set("strides", {2, 1}).set("copies", {1, 2});
  const auto features = run.set("batch", 2).run().out<Features>("features");
  at::NoGradGuard no_grad;
  const auto grids = testing::build_component<ImageBackbone>(network())->forward(images.pixels);
  REQUIRE(features.layers.size() == 2);
  CHECK(features.layer("stage1").height == 4);
  CHECK(features.layer("stage1").tokens.sizes() == at::IntArrayRef({5, 16, 12}));
  CHECK(features.layer("stage2").tokens.sizes() == at::IntArrayRef({5, 16, 10}));
  for (size_t l = 0; l < 2; ++l) {
    const MapShape shape{grids[l].tokens.size(2), grids[l].height, grids[l].width};
    const auto& layer = features.layers[l];
    const auto how = tokenisation_between(shape, layer.height, layer.width, layer.tokens.size(2));
    const at::Tensor map = map_from_tokens(layer.tokens, how, shape);
    CHECK(map.flatten(2).transpose(1, 2).allclose(grids[l].tokens, 1e-5, 1e-6));  // batches of 2 against 5
  }
}

TEST_CASE("lazy tokens hold no numbers, and read as the others to the bit", "[features][tokens]") {
  const Images first = pictures(40, 5), second = pictures(7, 2);
  auto run = tokens_of({first, second});
  run.set("layers", {"stage3", "stage1"}).set("kernels", {2, 1}).set("strides", {2, 1}).set("batch", 3);
  const Features held = run.run().out<Features>("features"), lazy = run.set("lazy", true).run().out<Features>("features");
  CHECK(run.output("features").tensors.size() == 2);  // image_id and row
  CHECK(lazy.image_id.equal(held.image_id));
  CHECK(lazy.network == held.network);
  REQUIRE(lazy.layers.size() == 2);
  for (size_t l = 0; l < 2; ++l) {
    CHECK(lazy.layers[l].name == held.layers[l].name);
    CHECK(lazy.layers[l].height == held.layers[l].height);
    CHECK(lazy.layers[l].tokens.sizes() == held.layers[l].tokens.sizes());
  }
  // A node that reads them batch by batch finds the same images.
  const Images both = Images::concat({first, second});
  testing::NodeRun nearest("analysis.nearest_training_image");
  nearest.in("predicted", held).in("training", lazy).in("training_images", both).knows(first).knows(second).knows(network());
  CHECK(nearest.run().out<Images>("images").pixels.equal(both.pixels));
  // One that says nothing of views is given numbers.
  testing::NodeRun retrieval("metrics.retrieval");
  retrieval.set("candidates", 5).in("predicted", held).in("truth", lazy).knows(first).knows(second).knows(network()).run();
  const Table scored = retrieval.out<Table>("table");
  CHECK(std::get<double>(scored.rows.at(0).cells.at("retrieval_image")) == 1.0);
}

TEST_CASE("of a vision transformer the node keeps the patches' tokens on their grid, and an embedding as a grid of one",
          "[features][tokens]") {
  Model model = testing::recipe("features.open_clip", {{"width", 12}, {"depth", 2}, {"heads", 3}, {"embedding", 5}, {"patch", 4},
                                                       {"image_size", 8}, {"taps", {"block1", "tokens", "embedding"}}});
  const auto tower = testing::build_component<ImageBackbone>(model);
  tower->initialise(Rng(5, "tokens", "weights", 0, 0));
  model.weights = weights_of(*tower);
  const Images images = pictures(40, 3);
  testing::NodeRun run("features.tokens");
  const auto features = run.in("images", images).in("model", model).run().out<Features>("features");
  at::NoGradGuard no_grad;
  const auto grids = tower->forward(images.pixels);
  REQUIRE(features.layers.size() == 3);
  CHECK(grids[0].tokens.size(1) == 5);  // the class token and 2 x 2 patches
  for (size_t l = 0; l < 3; ++l) CHECK(features.layers[l].tokens.equal(grids[l].on_grid()));
  CHECK(features.layer("block1").tokens.sizes() == at::IntArrayRef({3, 4, 12}));
  CHECK(features.layer("embedding").tokens.sizes() == at::IntArrayRef({3, 1, 5}));
  CHECK(features.layer("embedding").height == 1);
}

TEST_CASE("tokens keep split, numbering and order of several image lists", "[features][tokens]") {
  const auto features = tokens_of({pictures(40, 2), pictures(7, 3)}).run().out<Features>("features");
  CHECK(features.layers.size() == 3);
  CHECK(features.split == "train");
  CHECK(features.id_space == "toy");
  CHECK(features.image_id.equal(at::tensor({40, 41, 7, 8, 9}, at::kLong)));
  CHECK_THAT(features.network, Catch::Matchers::StartsWith("tiny "));
}

TEST_CASE("images of two splits, an unknown layer and a wrong count are refused", "[features][tokens]") {
  CHECK_THROWS_WITH(tokens_of({pictures(1, 2), pictures(5, 2, "test")}).run(),
                    Catch::Matchers::ContainsSubstring("split 'test'"));
  CHECK_THROWS_WITH(tokens_of({pictures(1, 2)}).set("layers", {"stage5"}).run(),
                    Catch::Matchers::ContainsSubstring("stage5"));
  CHECK_THROWS_WITH(tokens_of({pictures(1, 2)}).set("kernels", {1, 1}).run(),
                    Catch::Matchers::ContainsSubstring("2 numbers for 3 layers"));
}

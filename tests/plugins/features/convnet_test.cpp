// The small convolutional backbone: shapes, units of its taps, the hook, gradients to the image.
#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>

#include <ATen/ops/full.h>

using namespace bgraph;

namespace {

std::shared_ptr<ImageBackbone> fresh(Json params) {
  const auto network = testing::build_component<ImageBackbone>(testing::recipe("features.convnet", params));
  network->initialise(Rng(5, "convnet", "weights", 0, 0));
  return network;
}

at::Tensor pictures(int64_t count, int64_t height, int64_t width) {
  return Rng(6, "convnet", "pictures", 0, 0).uniform({count, 3, height, width});
}

}  // namespace

TEST_CASE("each stage halves the resolution and taps come in order", "[features][convnet]") {
  const auto network = fresh({{"channels", {4, 6, 8}}, {"taps", {"stage1", "stage3"}}, {"groups", 2}, {"depth", 2}});
  const auto grids = network->forward(pictures(2, 8, 12));
  REQUIRE(grids.size() == 2);
  CHECK(grids[0].name == "stage1");
  CHECK(grids[0].tokens.sizes() == at::IntArrayRef({2, 96, 4}));
  CHECK((grids[0].height == 8 && grids[0].width == 12));
  CHECK(grids[1].tokens.sizes() == at::IntArrayRef({2, 6, 8}));
  CHECK((grids[1].height == 2 && grids[1].width == 3));
}

TEST_CASE("an image's tokens do not depend on its batch or on training mode", "[features][convnet]") {
  const auto network = fresh({{"channels", {4, 6}}, {"groups", 2}});
  const at::Tensor images = pictures(3, 8, 8);
  const auto together = network->forward(images);
  network->train();
  const auto alone = network->forward(images.slice(0, 1, 2));
  for (size_t l = 0; l < together.size(); ++l)
    // Another batch may take another summation order: a few units in the last place of numbers near 1.
    CHECK(together[l].tokens.slice(0, 1, 2).allclose(alone[l].tokens, 1e-5, 1e-6));
}

TEST_CASE("taps are standardised by the constants that travel with the weights", "[features][convnet]") {
  const auto network = fresh({{"channels", {4, 6}}});
  const at::Tensor before = network->forward(pictures(2, 8, 8))[1].tokens;
  auto buffers = network->named_buffers();
  buffers["stage2.mean"].fill_(3.0);
  buffers["stage2.sd"].fill_(2.0);
  CHECK(network->forward(pictures(2, 8, 8))[1].tokens.allclose((before - 3.0) / 2.0));
  CHECK(weights_of(*network).count("stage2.sd") == 1);
}

TEST_CASE("the hook sees every stage up to the deepest tap and replaces its output", "[features][convnet]") {
  const auto network = fresh({{"channels", {4, 6, 8}}, {"taps", {"stage2"}}});
  std::vector<int64_t> seen;
  const auto grids = network->forward(pictures(1, 8, 8), [&](int64_t block, const at::Tensor& x) {
    seen.push_back(block);
    return block == 1 ? at::full_like(x, 7.0) : x;
  });
  CHECK(seen == std::vector<int64_t>{0, 1});
  CHECK((grids[0].tokens == 7.0).all().item<bool>());
}

TEST_CASE("tokens have a gradient with respect to every pixel", "[features][convnet]") {
  const auto network = fresh({{"channels", {4, 6}}, {"groups", 2}});
  const at::Tensor images = pictures(1, 4, 4).requires_grad_(true);
  network->forward(images)[1].tokens.square().sum().backward();
  CHECK((images.grad() != 0).all().item<bool>());
}

TEST_CASE("the scale of activations survives a deep network without normalisation", "[features][convnet]") {
  const auto network = fresh({{"channels", {16, 16, 16, 16}}, {"depth", 3}});
  const auto grids = network->forward(pictures(4, 32, 32));
  // He initialisation keeps the mean square; zero padding and few channels leave a factor of a few.
  const double ratio = grids[3].tokens.square().mean().item<double>() / grids[0].tokens.square().mean().item<double>();
  CHECK(ratio > 0.05);
  CHECK(ratio < 20.0);
}

TEST_CASE("an unknown tap and a size that does not halve are refused", "[features][convnet]") {
  CHECK_THROWS_WITH(fresh({{"taps", {"stage9"}}}), Catch::Matchers::ContainsSubstring("stage9"));
  CHECK_THROWS_AS(fresh({{"taps", {"stage2", "stage1"}}}), Error);
  CHECK_THROWS_WITH(fresh({{"channels", {4, 6, 8}}})->forward(pictures(1, 8, 10)),
                    Catch::Matchers::ContainsSubstring("multiples of 4"));
}

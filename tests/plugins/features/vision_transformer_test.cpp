// Laws of the vision transformers that hold whatever the weights; reference values are in golden_transformers_test.cpp.
#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <torch/types.h>

using namespace bgraph;

namespace {

std::shared_ptr<ImageBackbone> built(const std::string& component, const Json& params) {
  return testing::build_component<ImageBackbone>(testing::recipe(component, params));
}

std::shared_ptr<ImageBackbone> fresh(const std::string& component, const Json& params) {
  const auto network = built(component, params);
  network->initialise(Rng(5, "vision_transformers", "weights", 0, 0));
  return network;
}

/// Networks small enough for laws, of every kind.
struct Kind {
  std::string component;
  Json params;
};
Kind any_kind() {
  const Json small = {{"width", 24}, {"depth", 3}, {"heads", 4}, {"image_size", 42}, {"taps", {"block1", "block3"}}};
  const auto with = [&](const Json& more) {
    Json params = small;
    params.update(more);
    return params;
  };
  return GENERATE_COPY(values<Kind>({{"features.dinov2", with({{"registers", 2}, {"table_side", 5}})},
                                     {"features.dinov2", with({{"registers", 0}, {"table_side", 5}})},
                                     {"features.openai_clip", with({{"embedding", 7}})},
                                     {"features.open_clip", with({{"embedding", 7}})}}));
}

at::Tensor pictures(int64_t count, int64_t height, int64_t width) {
  return Rng(6, "vision_transformers", "pictures", 0, 0).uniform({count, 3, height, width});
}

double difference(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

}  // namespace

TEST_CASE("a vision transformer sees each image alone, in training and in evaluation", "[features][vision_transformer]") {
  const auto [component, params] = any_kind();
  const auto network = fresh(component, params);
  const auto images = pictures(3, 42, 42);
  const auto together = network->forward(images, {});
  network->train();
  const auto alone = network->forward(images.slice(0, 1, 2), {});
  for (size_t t = 0; t < together.size(); ++t)  // tokens near 1; another batch may add in another order
    CHECK(difference(together[t].tokens.slice(0, 1, 2), alone[t].tokens) < 1e-5);
}

// Attention has no order of its own: only positions tell patches apart.
TEST_CASE("without positions, moving patches moves their tokens and leaves the class token", "[features][vision_transformer]") {
  const auto [component, params] = any_kind();
  const auto network = fresh(component, params);
  const at::NoGradGuard guard;
  for (auto& item : network->named_parameters())
    if (item.key() == "pos_embed" || item.key() == "positional_embedding") item.value().zero_();
  const auto image = pictures(1, 42, 42);
  const auto moved = at::roll(image, {28}, {3});  // patches of 14: the three columns of the grid turn by two
  const auto grid = network->forward(image, {}).back(), after = network->forward(moved, {}).back();
  const auto expected = at::roll(grid.on_grid().unflatten(1, {3, 3}), {2}, {2}).flatten(1, 2);
  CHECK(difference(after.on_grid(), expected) < 1e-5);
  CHECK(difference(after.tokens.slice(1, 0, 1), grid.tokens.slice(1, 0, 1)) < 1e-5);
}

TEST_CASE("hooks see every block up to the deepest tap, inside and after, and what they return goes on",
          "[features][vision_transformer]") {
  auto [component, params] = any_kind();
  params["taps"] = {"block2"};
  const auto network = fresh(component, params);
  const auto images = pictures(1, 42, 42);
  std::vector<std::string> calls;
  REQUIRE(network->hook_attention_output([&](int64_t block, const at::Tensor& input, const at::Tensor& output) {
    calls.push_back("in " + std::to_string(block));
    CHECK(input.sizes() == output.sizes());
    return output;
  }));
  const auto grids = network->forward(images, [&](int64_t block, const at::Tensor& x) {
    calls.push_back("after " + std::to_string(block));
    return block == 1 ? at::full_like(x, 7.0) : x;
  });
  CHECK(calls == std::vector<std::string>{"in 0", "after 0", "in 1", "after 1"});
  CHECK((grids.at(0).tokens == 7.0).all().item<bool>());
  network->hook_attention_output({});
  calls.clear();
  network->forward(images, {});
  CHECK(calls.empty());
}

TEST_CASE("sizes are told without a forward pass and are those of one", "[features][vision_transformer]") {
  auto [component, params] = any_kind();
  params["taps"].push_back(component == "features.dinov2" ? "norm" : "tokens");
  if (component != "features.dinov2") params["taps"].push_back("embedding");
  const auto network = fresh(component, params);
  const BackboneSizes told = network->sizes(), seen = network->ImageBackbone::sizes();
  CHECK(told.block_widths == seen.block_widths);
  REQUIRE(told.taps.size() == seen.taps.size());
  for (size_t t = 0; t < told.taps.size(); ++t) {
    CHECK(told.taps[t].positions == seen.taps[t].positions);
    CHECK(told.taps[t].width == seen.taps[t].width);
  }
  for (const auto& grid : network->forward(pictures(2, 42, 42), {}))
    CHECK(grid.on_grid().size(1) == grid.height * grid.width);
}

TEST_CASE("a vision transformer passes a gradient to every pixel", "[features][vision_transformer]") {
  const auto [component, params] = any_kind();
  const auto images = pictures(1, 42, 42).requires_grad_(true);
  fresh(component, params)->forward(images, {}).back().tokens.square().sum().backward();
  CHECK((images.grad() != 0).all().item<bool>());
}

TEST_CASE("a network built in bfloat16 takes float images and keeps its tokens within bfloat16's digits",
          "[features][vision_transformer]") {
  const auto [component, params] = any_kind();
  const auto network = fresh(component, params);
  Model model = testing::recipe(component, params);
  model.weights = weights_of(*network);
  const auto half = testing::build_component<ImageBackbone>(model, at::kCPU, at::kBFloat16);
  CHECK(half->parameters().front().scalar_type() == at::kBFloat16);
  const auto images = pictures(2, 42, 42);
  const auto exact = network->forward(images, {}).back().tokens, rounded = half->forward(images, {}).back().tokens;
  CHECK(rounded.scalar_type() == at::kBFloat16);
  // 8 bits of significand: 2^-9 per rounding, some ten roundings one after the other.
  CHECK((rounded.to(at::kFloat) - exact).norm().item<double>() < 0.04 * exact.norm().item<double>());
}

TEST_CASE("DINOv2 takes any grid of whole patches; at the learned size the table is used as it is",
          "[features][dinov2]") {
  const Json params = {{"width", 24}, {"depth", 1}, {"heads", 4}, {"image_size", 42}, {"table_side", 3},
                       {"registers", GENERATE(0, 2)}, {"taps", {"norm"}}};
  const auto network = fresh("features.dinov2", params);
  const auto wide = network->forward(pictures(1, 28, 56), {}).at(0);
  CHECK(wide.height == 2);
  CHECK(wide.width == 4);
  CHECK(wide.tokens.sizes() == at::IntArrayRef({1, 9, 24}));
  const at::NoGradGuard guard;
  auto weights = network->named_parameters();
  weights["blocks.0.ls1.gamma"].zero_();
  weights["blocks.0.ls2.gamma"].zero_();
  weights["patch_embed.proj.weight"].zero_();
  weights["patch_embed.proj.bias"].zero_();
  at::Tensor tokens;
  network->forward(pictures(1, 42, 42), [&](int64_t, const at::Tensor& x) { return tokens = x; });
  CHECK(tokens.slice(1, tokens.size(1) - 9).equal(weights["pos_embed"].slice(1, 1)));
}

TEST_CASE("wrong towers and wrong images are refused with both values", "[features][vision_transformer]") {
  using Catch::Matchers::ContainsSubstring;
  CHECK_THROWS_WITH(built("features.dinov2", {{"width", 24}, {"heads", 5}}),
                    ContainsSubstring("heads = 5 does not divide width = 24"));
  CHECK_THROWS_WITH(built("features.openai_clip", {{"image_size", 225}}),
                    ContainsSubstring("patch = 14 does not divide image_size = 225"));
  CHECK_THROWS_WITH(built("features.dinov2", {{"width", 24}, {"heads", 4}, {"depth", 3}, {"taps", {"block4"}}}),
                    ContainsSubstring("there is no tap 'block4'"));
  CHECK_THROWS_WITH(built("features.dinov2", {{"width", 24}, {"heads", 4}, {"depth", 3}, {"taps", {"block2", "block1"}}}),
                    ContainsSubstring("in the network's order"));
  const Json small = {{"width", 24}, {"depth", 1}, {"heads", 4}, {"image_size", 42}};
  CHECK_THROWS_WITH(fresh("features.open_clip", small)->forward(pictures(1, 42, 28), {}),
                    ContainsSubstring("images are [1, 3, 42, 28], expected [B, 3, 42, 42]"));
}

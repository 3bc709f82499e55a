// The published convolutional networks: their outputs on reference weights, their sizes, and what a tap may be.
#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/nn/parameter_kind.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/golden.h>
#include <bgraph/sdk/testing/run.h>

#include <ATen/core/grad_mode.h>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

std::shared_ptr<ImageBackbone> network(const std::string& component, const Json& params = Json::object()) {
  return testing::build_component<ImageBackbone>(testing::recipe(component, params));
}

/// The reference is given images that are already normalised.
Json as_given(Json params = Json::object()) {
  params["mean"] = {0, 0, 0};
  params["sd"] = {1, 1, 1};
  return params;
}

at::Tensor map_of(const TokenGrid& grid) {
  return grid.tokens.transpose(1, 2).unflatten(2, {grid.height, grid.width});  // [B, C, H, W]
}

int64_t numbers_in(const torch::nn::Module& module) {
  int64_t count = 0;
  for (const auto& parameter : module.parameters()) count += parameter.numel();
  return count;
}

/// With a classifier of up to 500 MB, of which no byte is touched.
int64_t parameter_count(const std::string& component, Json params = Json::object()) {
  ParameterKind kind = parameter_kind();
  kind.filled = false;
  const ParameterScope scope(kind);
  params["taps"] = {"logits"};
  return numbers_in(*network(component, params));
}

const Json kVgg19 = {{"convolutions", {2, 2, 4, 4, 4}}, {"batch_norm", false}};

}  // namespace

TEST_CASE("published networks give the reference's features", "[features][published_networks]") {
  struct Case {
    const char *golden, *component;
  };
  const auto [name, component] =
      GENERATE(Case{"vgg16bn", "features.vgg"}, Case{"alexnet", "features.alexnet"},
               Case{"inception_v3", "features.inception_v3"}, Case{"efficientnet_b1", "features.efficientnet"},
               Case{"resnet50", "features.resnet"});
  const auto golden = testing::Golden::open(name);
  if (!golden) return;
  INFO(name);
  Model model = testing::recipe(component, as_given());
  model.weights = golden->tensors();  // every name and shape of the reference, and no other
  const auto net = testing::build_component<ImageBackbone>(model);
  const at::NoGradGuard no_grad;
  for (const auto& grid : net->forward(golden->input("input.image"))) {
    INFO(grid.name);
    CHECK(golden->output_difference(grid.name, map_of(grid)) == "");
  }
}

TEST_CASE("features.tokens makes the published 7190 tokens of an image", "[features][published_networks]") {
  const auto golden = testing::Golden::open("vgg16bn");
  if (!golden) return;
  Model model = testing::recipe("features.vgg", as_given());
  model.weights = golden->tensors();
  testing::NodeRun run("features.tokens");
  run.in("images", Images{golden->input("input.image"), at::tensor({3}, at::kLong), at::tensor({-1}, at::kLong), "photos", "train"});
  run.in("model", model).set("kernels", {2, 2, 1, 1, 1}).set("strides", {2, 1, 1, 1, 1}).set("copies", {2, 1, 2, 1, 1});
  const auto features = run.run().out<Features>("features");
  std::vector<at::Tensor> tokens;
  for (const auto& layer : features.layers) tokens.push_back(layer.tokens);
  CHECK(golden->output_difference("tokens_all", at::cat(tokens, 1)) == "");
}

TEST_CASE("published networks have as many parameters as published", "[features][published_networks]") {
  // Numbers of torchvision's documentation; InceptionV3's 27,161,264 without the 3,326,696 of AuxLogits.
  CHECK(parameter_count("features.vgg") == 138365992);
  CHECK(parameter_count("features.vgg", kVgg19) == 143667240);
  CHECK(parameter_count("features.alexnet") == 61100840);
  CHECK(parameter_count("features.squeezenet") == 1235496);
  CHECK(parameter_count("features.inception_v3") == 27161264 - 3326696);
  CHECK(parameter_count("features.efficientnet") == 7794184);
  CHECK(parameter_count("features.resnet") == 25557032);
}

TEST_CASE("a network is built as far as its deepest tap", "[features][published_networks]") {
  Json params = kVgg19;
  params["taps"] = {"relu1_2", "relu3_1"};
  const auto net = network("features.vgg", params);
  std::vector<std::string> names;
  for (const auto& item : net->named_parameters())
    if (item.key().find("bias") == std::string::npos) names.push_back(item.key());
  CHECK(names == std::vector<std::string>{"features.0.weight", "features.2.weight", "features.5.weight",
                                          "features.7.weight", "features.10.weight"});
  const auto grids = net->forward(at::full({1, 3, 20, 28}, 0.3));
  REQUIRE(grids.size() == 2);
  CHECK(grids[0].tokens.sizes() == at::IntArrayRef({1, 20 * 28, 64}));
  CHECK((grids[1].name == "relu3_1" && grids[1].height == 5 && grids[1].width == 7));
}

TEST_CASE("small configurations run through to their logits", "[features][published_networks]") {
  const Json small = {{"taps", {"logits"}}, {"classes", 7}, {"image_size", 80}};
  const auto with = [&](Json more) {
    more.update(small);
    return more;
  };
  const std::map<std::string, std::shared_ptr<ImageBackbone>> networks = {
      {"vgg", network("features.vgg", with({{"channels", {4, 6}}, {"convolutions", {1, 2}}, {"hidden", 40}}))},
      {"alexnet", network("features.alexnet", with({{"channels", {4, 6, 8, 5, 3}}, {"hidden", 5}}))},
      {"squeezenet", network("features.squeezenet", with({{"stem", 6}, {"squeeze", {1, 2, 2, 2, 3, 3, 3, 3}}}))},
      {"inception_v3", network("features.inception_v3", with({{"narrow", 16}}))},
      {"efficientnet", network("features.efficientnet", with({{"width", 0.25}, {"depth", 0.5}}))},
      {"resnet", network("features.resnet", with({{"width", 4}, {"blocks", {1, 2}}}))}};
  for (const auto& [name, net] : networks) {
    INFO(name);
    net->initialise(Rng(3, "published", "weights", 0, 0));
    const at::Tensor images = Rng(4, "published", "images", 0, 0).uniform({2, 3, 80, 80}).requires_grad_(true);
    const auto grids = net->forward(images);
    REQUIRE(grids.size() == 1);
    CHECK(grids[0].tokens.sizes() == at::IntArrayRef({2, 1, 7}));
    grids[0].tokens.square().sum().backward();
    CHECK(images.grad().abs().sum().item<double>() > 0);
    // One image of a batch is what it is alone: norms use their own statistics. Sums in another order differ by
    // some units in the last place of numbers near 1.
    const auto alone = net->forward(images.slice(0, 1, 2));
    CHECK(alone[0].tokens.allclose(grids[0].tokens.slice(0, 1, 2), 1e-4, 1e-5));
  }
}

TEST_CASE("the hook of a published network sees and replaces every step", "[features][published_networks]") {
  const auto net = network("features.alexnet", {{"channels", {4, 6, 8, 5, 3}}, {"taps", {"features.2"}}});
  int64_t steps = 0;
  const auto grids = net->forward(at::full({1, 3, 64, 64}, 0.3), [&](int64_t step, const at::Tensor& x) {
    CHECK(step == steps++);
    return step == 2 ? x * 0 + 5 : x;
  });
  CHECK(steps == 3);
  CHECK((grids[0].tokens == 5).all().item<bool>());
}

TEST_CASE("wrong taps, channels and images are refused by name", "[features][published_networks]") {
  CHECK_THROWS_WITH(network("features.vgg", {{"taps", {"relu3_9"}}, {"hidden", 5}}), ContainsSubstring("relu3_9"));
  CHECK_THROWS_WITH(network("features.alexnet", {{"taps", {"features.11", "features.4"}}, {"hidden", 5}}),
                    ContainsSubstring("order"));
  CHECK_THROWS_WITH(network("features.alexnet", {{"channels", {4, 6}}}), ContainsSubstring("2 numbers"));
  CHECK_THROWS_WITH(network("features.vgg", {{"mean", {0.5}}}), ContainsSubstring("mean has 1 and sd 3 numbers"));
  CHECK_THROWS_WITH(network("features.alexnet")->forward(at::zeros({1, 1, 64, 64})), ContainsSubstring("[B, 3, H, W]"));
}

// The fit of deep image priors at published size: losses, gradients and images of the authors' release.
#include "dip_fit.h"

#include <bgraph/sdk/component.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/golden.h>
#include <bgraph/sdk/testing/run.h>

#include <ATen/core/grad_mode.h>

using namespace bgraph;
using namespace bgraph::inversion;

namespace {

constexpr double kJitter = 1.0 / 30.0;

std::map<std::string, at::Tensor> weights_behind(const std::map<std::string, at::Tensor>& all, const std::string& prefix) {
  std::map<std::string, at::Tensor> some;
  for (const auto& [name, tensor] : all)
    if (name.starts_with(prefix)) some[name.substr(prefix.size())] = tensor;
  return some;
}

/// VGG16-BN and one generator with the case's weights, and what the network answers to its picture.
struct Setting {
  explicit Setting(const testing::Golden& golden, at::ScalarType dtype = at::kFloat) : generator(1, {}) {
    const auto all = golden.tensors();
    auto weights = weights_behind(all, "net.");
    std::erase_if(weights, [](const auto& item) { return item.first.find("running_") != std::string::npos; });
    load_weights(generator, weights, "the generator");
    Model model = testing::recipe("features.vgg", Json::object());
    model.weights = weights_behind(all, "vgg.");
    vgg = testing::build_component<ImageBackbone>(model);
    generator.to(dtype);
    vgg->to(dtype);
    const at::NoGradGuard no_grad;
    for (const auto& grid : vgg->forward(golden.input("input.target_image").to(dtype)))
      wanted.push_back({wanted.size(), grid.tokens.transpose(1, 2).unflatten(2, {grid.height, grid.width})});
  }

  DipFit fit(double eps) { return DipFit(generator, *vgg, wanted, {.adam = {.eps = eps}}); }

  SkipNetworks generator;
  std::shared_ptr<ImageBackbone> vgg;
  std::vector<DipTarget> wanted;
};

}  // namespace

TEST_CASE("the fit takes the release's steps, with jitter and without", "[inversion][dip_fit][slow]") {
  const auto golden = testing::Golden::open("dip");
  if (!golden) return;
  // With epsilon 1e-8 the first step is the sign of the gradient and amplifies rounding, so those runs are in
  // float64, as the reference's truth is; the large epsilon is well conditioned and checks float32.
  struct Run {
    const char* prefix;
    double eps;
    bool jitter;
    at::ScalarType dtype;
  };
  const auto [prefix, eps, jitter, dtype] =
      GENERATE(Run{"", 1e-8, false, at::kDouble}, Run{"jitter.", 1e-8, true, at::kDouble}, Run{"smooth.", 1e-2, false, at::kFloat});
  Setting setting(*golden, dtype);
  DipFit fit = setting.fit(eps);
  const at::Tensor z = golden->input("input.z").to(dtype);
  for (int i = 0; i < 3; ++i) {
    const std::string number = "." + std::to_string(i);
    const auto step = fit.step(jitter ? z + golden->input("input.jitter" + number).to(dtype) * kJitter : z);
    INFO(prefix << " iteration " << i);
    CHECK(golden->output_difference(prefix + ("loss" + number), step.by_layer.mean()) == "");
    CHECK(golden->output_difference(prefix + ("layer_mse" + number), step.by_layer[0]) == "");
    CHECK(golden->output_difference(prefix + ("out_iter" + number), step.rendered) == "");
  }
  CHECK(golden->output_difference(prefix + std::string("ema_image_hwc"), fit.average()[0].permute({1, 2, 0})) == "");
}

TEST_CASE("the first gradients are the release's", "[inversion][dip_fit][slow]") {
  const auto golden = testing::Golden::open("dip");
  if (!golden) return;
  Setting setting(*golden);
  const DipFit fit = setting.fit(1e-8);
  fit.by_layer(setting.generator.forward(golden->input("input.z"))).mean().backward();
  for (const auto& item : setting.generator.named_parameters()) {
    INFO(item.key());
    CHECK(golden->gradient_difference("net." + item.key(), item.value().grad()) == "");
  }
}

TEST_CASE("the generator has the published number of parameters", "[inversion][dip_fit]") {
  const SkipNetworks generator(1, {});
  int64_t count = 0;
  for (const auto& parameter : generator.parameters()) count += parameter.numel();
  CHECK(count == 1278945);
}

#include <bgraph/sdk/nn/parameter_kind.h>

#include <bgraph/sdk/nn/layers.h>
#include <bgraph/sdk/nn/register_at.h>
#include <bgraph/sdk/testing/catch.h>
#include <torch/types.h>

using namespace bgraph;

TEST_CASE("inside a scope layers have its precision, and afterwards float32 again", "[nn][parameter_kind]") {
  {
    const ParameterScope outer({.dtype = at::kBFloat16});
    CHECK(Linear(3, 2).weight.scalar_type() == at::kBFloat16);
    {
      const ParameterScope inner({.dtype = at::kDouble});
      CHECK(LayerNorm(4).bias.scalar_type() == at::kDouble);
    }
    CHECK(GroupNorm(2, 4).weight.sum().item<double>() == 4);
    CHECK(GroupNorm(2, 4).weight.scalar_type() == at::kBFloat16);
  }
  CHECK(Conv2d(3, 2, 1).weight.scalar_type() == at::kFloat);
}

TEST_CASE("on the meta device a network has names and shapes and no memory", "[nn][parameter_kind]") {
  const ParameterScope scope({.device = at::kMeta});
  const Linear layer(1 << 20, 1 << 20);  // 4 TB
  CHECK(layer.weight.sizes() == at::IntArrayRef({1 << 20, 1 << 20}));
  CHECK(layer.weight.is_meta());
}

TEST_CASE("a path with dots registers below modules that are made once", "[nn][register_at]") {
  torch::nn::Module owner;
  register_at(owner, "in_layers.2", std::make_shared<Linear>(3, 2));
  register_at(owner, "in_layers.0", std::make_shared<LayerNorm>(3));
  const auto net = register_at(owner, "ff.net.0.proj", std::make_shared<Linear>(3, 5, false));
  const auto parameters = owner.named_parameters();
  CHECK(parameters.size() == 5);
  CHECK(parameters.contains("in_layers.2.weight"));
  CHECK(parameters.contains("in_layers.0.bias"));
  CHECK(parameters["ff.net.0.proj.weight"].is_same(net->weight));
}

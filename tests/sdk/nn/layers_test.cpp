#include <bgraph/sdk/nn/layers.h>
#include <bgraph/sdk/nn/mlp.h>
#include <bgraph/sdk/nn/parameter_kind.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>
#include <torch/types.h>

#include <cmath>

using namespace bgraph;

namespace {

Rng rng_of(const char* purpose) { return {7, "test", purpose, 0, 0}; }

bool close(const at::Tensor& a, const at::Tensor& b, double tolerance = 1e-6) {
  return a.sizes() == b.sizes() && (a - b).abs().max().item<double>() <= tolerance;
}

}  // namespace

TEST_CASE("a fresh linear layer is zero and a fresh norm is the identity", "[nn][layers]") {
  CHECK(Linear(3, 2).weight.abs().sum().item<double>() == 0.0);
  CHECK(LayerNorm(5).weight.sum().item<double>() == 5.0);
  CHECK(GroupNorm(2, 6).bias.abs().sum().item<double>() == 0.0);
}

TEST_CASE("a linear layer is x W^T + b", "[nn][layers]") {
  Linear layer(2, 3);
  const at::NoGradGuard guard;
  layer.weight.copy_(at::tensor({1.f, 2.f, 3.f, 4.f, 5.f, 6.f}).view({3, 2}));
  layer.bias.copy_(at::tensor({10.f, 20.f, 30.f}));
  CHECK(close(layer(at::tensor({1.f, -1.f}).view({1, 2})), at::tensor({9.f, 19.f, 29.f}).view({1, 3}), 0.0));
}

// LibTorch 1.13 alone: 0.3 of the norm. Two roundings to 8 bits are 2^-8 each at most.
TEST_CASE("group norm in bfloat16 does not depend on how channels lie in memory", "[nn][layers]") {
  const auto x = rng_of("map").normal({1, 64, 64, 64});
  const at::Tensor expected = GroupNorm(32, 64)(x);
  const ParameterScope half({.dtype = at::kBFloat16});
  const GroupNorm norm(32, 64);
  const auto found = norm(x.to(at::kBFloat16).contiguous(at::MemoryFormat::ChannelsLast)).to(at::kFloat);
  CHECK((found - expected).norm().item<double>() < 2 * expected.norm().item<double>() / 256);
}

TEST_CASE("initial weights stay inside 1/sqrt(fan_in), fill that range, and depend on the seed alone", "[nn][layers]") {
  Linear linear(16, 50), again(16, 50);
  Conv2d conv(4, 30, 3);
  initialise_all(linear, rng_of("a"));
  initialise_all(again, rng_of("a"));
  initialise_all(conv, rng_of("b"));
  CHECK(linear.weight.equal(again.weight));
  const double bound = 0.25;  // 1 / sqrt(16)
  CHECK(linear.weight.abs().max().item<double>() <= bound);
  CHECK(linear.weight.abs().max().item<double>() > 0.95 * bound);  // 800 draws: missing it has odds .95^800
  CHECK(linear.bias.abs().max().item<double>() > 0.0);
  // Uniform: variance bound^2 / 3; the mean of 800 squares has relative sd sqrt(4/5)/sqrt(800) = 3 %.
  CHECK(linear.weight.square().mean().item<double>() == Approx(bound * bound / 3).epsilon(0.15));
  CHECK(conv.weight.abs().max().item<double>() <= 1.0 / 6.0);  // fan_in 4 * 3 * 3
}

TEST_CASE("every layer inside a module is initialised, in the order of registration", "[nn][layers]") {
  Mlp mlp(3, 5, 2);
  initialise_all(mlp, rng_of("mlp"));
  Linear first(3, 5);
  Rng rng = rng_of("mlp");
  first.initialise(rng);
  CHECK(mlp.fc1->weight.equal(first.weight));
  CHECK(mlp.fc2->weight.abs().min().item<double>() > 0.0);
  CHECK(mlp.named_parameters().contains("fc2.bias"));
}

// Summed in bfloat16, 40000 numbers of about a half would stop growing at 128.
TEST_CASE("norms of bfloat16 numbers sum in float32", "[nn][layers]") {
  const auto x = rng_of("x").uniform({1, 4, 100, 100}).to(at::kBFloat16);
  const ParameterScope scope({.dtype = at::kBFloat16});
  const auto grouped = GroupNorm(1, 4)(x).to(at::kFloat), rows = LayerNorm(40000)(x.flatten(1)).to(at::kFloat);
  for (const auto& y : {grouped, rows}) {
    CHECK(std::abs(y.mean().item<double>()) < 4e-3);  // mean / sd = 1.7 is kept to 8 bits: 1.7 / 512
    CHECK(std::abs(y.square().mean().item<double>() - 1) < 5e-3);
  }
}

TEST_CASE("norms give zero mean and unit variance over their axes", "[nn][layers]") {
  const auto x = rng_of("x").normal({2, 6, 3, 4}) * 5 + 2;
  LayerNorm layer(4);
  const auto rows = layer(x);
  CHECK(close(rows.mean(-1), at::zeros({2, 6, 3})));
  GroupNorm groups(3, 6);
  const auto grouped = groups(x).view({2, 3, 2 * 3 * 4});
  CHECK(close(grouped.mean(-1), at::zeros({2, 3})));
  CHECK(close(grouped.var(-1, false), at::ones({2, 3}), 1e-5));  // eps / variance, about 4e-7, and rounding
  CHECK_THROWS_AS(GroupNorm(4, 6), Error);
}

TEST_CASE("reflection padding mirrors without repeating the border", "[nn][layers]") {
  Conv2d sum(1, 1, 3, {.padding = 1, .bias = false, .mode = Padding::reflect});
  const at::NoGradGuard guard;
  sum.weight.fill_(1.0);
  const auto x = at::arange(1, 5, at::kFloat).view({1, 1, 2, 2});  // 1 2 / 3 4
  // Around (0, 0): rows 3 4 | 1 2 | 3 4 mirrored to columns 2 1 2 and 4 3 4.
  CHECK(sum(x)[0][0][0][0].item<float>() == 4 + 3 + 4 + 2 + 1 + 2 + 4 + 3 + 4);
}

// The generator: reference output and names, and networks side by side that never touch each other.
#include "skip_network.h"

#include <bgraph/sdk/component.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/golden.h>

#include <ATen/core/grad_mode.h>

using namespace bgraph;
using namespace bgraph::inversion;

namespace {

SkipOptions small() { return {.input_depth = 5, .down = {6, 7}, .up = {8, 4}, .skip = {3, 2}}; }

std::vector<Rng> streams(const std::vector<int64_t>& items) {
  std::vector<Rng> rngs;
  for (const int64_t item : items) rngs.emplace_back(11, "skip_network", "weights", 0, item);
  return rngs;
}

}  // namespace

TEST_CASE("the generator gives the reference output in train mode", "[inversion][skip_network]") {
  const auto golden = testing::Golden::open("dip");
  if (!golden) return;
  std::map<std::string, at::Tensor> weights;
  for (const auto& [name, tensor] : golden->tensors())
    if (name.starts_with("net.") && name.find("running_") == std::string::npos) weights[name.substr(4)] = tensor;
  SkipNetworks network(1, {});
  load_weights(network, weights, "the generator");
  at::NoGradGuard no_grad;
  CHECK(golden->output_difference("forward", network.forward(golden->input("input.z"))) == "");
}

TEST_CASE("generators side by side give what each gives alone", "[inversion][skip_network]") {
  const at::Tensor z = Rng(12, "skip_network", "z", 0, 0).uniform({3, 5, 8, 12});
  SkipNetworks together(3, small());
  together.initialise(streams({4, 9, 2}));
  SkipNetworks alone(1, small());
  alone.initialise(streams({9}));
  const at::Tensor all = together.forward(z), one = alone.forward(z.slice(0, 1, 2));
  REQUIRE(all.sizes() == at::IntArrayRef({3, 3, 8, 12}));
  // Grouped and plain convolutions may sum in another order; numbers are in (0, 1).
  CHECK(all.slice(0, 1, 2).allclose(one, 0.0, 1e-5));

  // Gradients of a sum over images: each network has its own.
  all.square().sum().backward();
  one.square().sum().backward();
  const auto own = alone.named_parameters();
  for (const auto& item : together.named_parameters()) {
    const at::Tensor& mine = own[item.key()].grad();
    const at::Tensor theirs = item.value().grad().narrow(0, mine.size(0), mine.size(0));
    INFO(item.key());
    CHECK((mine - theirs).abs().max().item<double>() <= 1e-4 * (1.0 + mine.abs().max().item<double>()));
  }
}

TEST_CASE("odd sizes are cut to the smaller path", "[inversion][skip_network]") {
  SkipNetworks network(2, small());
  network.initialise(streams({0, 1}));
  const at::Tensor z = Rng(12, "skip_network", "z", 0, 1).uniform({2, 5, 9, 11});
  CHECK(network.forward(z).sizes() == at::IntArrayRef({2, 3, 9, 11}));
}

TEST_CASE("a generator needs as many numbers up and across as down", "[inversion][skip_network]") {
  CHECK_THROWS_AS(SkipNetworks(1, {.down = {8, 8}, .up = {8}, .skip = {2, 2}}), Error);
}

// inversion.dip: true tokens give the image back; images are independent of those beside them.
#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/nn/tokenisation.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/upsample_bilinear2d.h>

using namespace bgraph;

namespace {

/// A random network keeps much of an image in its first layers.
Model network() {
  Model model = testing::recipe("features.convnet", {{"channels", {12, 16}}, {"image_size", 16}});
  const auto fresh = testing::build_component<ImageBackbone>(model);
  fresh->initialise(Rng(5, "dip", "network", 0, 0));
  model.weights = weights_of(*fresh);
  return model;
}

/// Smooth random colour fields, [N, 3, 16, 16].
at::Tensor pictures(int64_t count) {
  return at::upsample_bilinear2d(Rng(6, "dip", "pictures", 0, 0).uniform({count, 3, 4, 4}), {16, 16}, false);
}

Features tokens_of(const at::Tensor& images, const Tokenisation& how) {
  at::NoGradGuard no_grad;
  Features features{.image_id = at::arange(30, 30 + images.size(0), at::TensorOptions().dtype(at::kLong)),
                    .id_space = "toy", .split = "validation", .network = "random"};
  for (const auto& grid : testing::build_component<ImageBackbone>(network())->forward(images)) {
    const at::Tensor map = grid.tokens.transpose(1, 2).unflatten(2, {grid.height, grid.width});
    features.layers.push_back({grid.name, tokens_from_map(map, how), how.positions(grid.height), how.positions(grid.width)});
  }
  return features;
}

testing::NodeRun inversion_of(const Features& targets) {
  testing::NodeRun run("inversion.dip");
  run.in("targets", targets).in("network", network());
  run.set("input_depth", 8).set("down", {8, 8}).set("up", {8, 8}).set("skip", {2, 2});
  return run;
}

double correlation(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor x = a.flatten() - a.mean(), y = b.flatten() - b.mean();
  return (x.dot(y) / (x.norm() * y.norm())).item<double>();
}

}  // namespace

TEST_CASE("inverting true tokens gives the image back", "[inversion][dip]") {
  const at::Tensor truth = pictures(2);
  const auto how = GENERATE(Tokenisation{1, 1, 1}, Tokenisation{2, 1, 1});
  const auto images = inversion_of(tokens_of(truth, how)).set("iterations", 150).run().out<Images>("images");
  REQUIRE(images.pixels.sizes() == truth.sizes());
  CHECK(images.image_id.equal(at::tensor({30, 31}, at::kLong)));
  CHECK(images.split == "validation");
  for (int64_t i = 0; i < 2; ++i) CHECK(correlation(images.pixels[i], truth[i]) > 0.9);
}

TEST_CASE("an image does not depend on its chunk or on what is fitted beside it", "[inversion][dip]") {
  const Features targets = tokens_of(pictures(3), {});
  const auto pixels = [&](testing::NodeRun run) { return run.set("iterations", 3).run().out<Images>("images").pixels; };
  const at::Tensor together = pixels(inversion_of(targets));
  const at::Tensor alone = pixels(std::move(inversion_of(targets).set("side_by_side", 1)));
  const at::Tensor last = pixels(std::move(inversion_of(targets).chunk(2, 3)));
  // Three steps of Adam turn rounding in tiny gradients into steps of the rate; the images stay close.
  CHECK(together.allclose(alone, 0.0, 2e-3));
  CHECK(alone[2].equal(last[0]));  // the same computation: bit for bit
}

TEST_CASE("settled images stop early", "[inversion][dip]") {
  const Features targets = tokens_of(pictures(1), {});
  // A bound no change can exceed: done at the second look, after 4 of 40 iterations.
  const auto early = inversion_of(targets).set("settle", 10.0).set("settle_every", 2).set("iterations", 40).run().out<Images>("images");
  const auto four = inversion_of(targets).set("iterations", 4).run().out<Images>("images");
  CHECK(early.pixels.equal(four.pixels));
}

TEST_CASE("images are rendered larger than the network sees them on request", "[inversion][dip]") {
  const auto images = inversion_of(tokens_of(pictures(1), {})).set("render_scale", 2).set("iterations", 2).run().out<Images>("images");
  CHECK(images.pixels.sizes() == at::IntArrayRef({1, 3, 32, 32}));
}

TEST_CASE("targets of another network are refused", "[inversion][dip]") {
  Features targets = tokens_of(pictures(1), {});
  targets.layers[1].name = "relu5_3";
  CHECK_THROWS_WITH(inversion_of(targets).run(), Catch::Matchers::ContainsSubstring("1 of the targets' 2 layers"));
}

// Attention of a trained predictor to its brain tokens, through the node.
#include "toy_decoding.h"

#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <torch/types.h>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A predictor after a few steps, and the run that asks it where it looks.
testing::NodeRun looking(const testing::ToyDecoding& toy, const std::string& predictor, const Betas& betas) {
  testing::NodeRun trained("decoding.train");
  trained.set("predictor", predictor).set("width", 24).set("epochs", 1).set("steps", 5).set("batch", 16);
  trained.in("betas", toy.train).in("targets", toy.train_targets).in("voxels", toy.voxels).in("v2c", toy.v2c).run();
  testing::NodeRun run("decoding.token_maps");
  run.in("model", trained.out<Model>("model")).in("table", trained.out<VoxelTable>("table")).in("v2c", toy.v2c);
  run.in("betas", betas);
  return run;
}

}  // namespace

TEST_CASE("a query shares its attention out among the brain tokens", "[decoding][token_maps]") {
  const testing::ToyDecoding toy;
  const int64_t clusters = toy.v2c.cluster.max().item<int64_t>() + 1;
  const at::Tensor maps = looking(toy, "decoding.bit", toy.validation).run().out<Tensor>("maps");
  REQUIRE(maps.sizes() == at::IntArrayRef({1, 4 + 3, clusters}));  // queries of both layers
  CHECK(maps.ge(0).all().item<bool>());
  CHECK((maps.sum(2) - 1).abs().max().item<double>() < 1e-5);
  CHECK(maps.std(1).max().item<double>() > 0);  // not all queries look alike
}

TEST_CASE("the map of all trials is the mean of theirs, however many are computed at once", "[decoding][token_maps]") {
  const testing::ToyDecoding toy;
  const at::Tensor all = looking(toy, "decoding.bit", toy.validation).set("batch", 5).run().out<Tensor>("maps");
  const at::Tensor each = looking(toy, "decoding.bit", toy.validation).set("each", true).run().out<Tensor>("maps");
  REQUIRE(each.size(0) == 2 * 12);  // both subjects saw the same images
  CHECK(at::allclose(each.mean(0, true), all, 0, 1e-6));
}

TEST_CASE("without a signal every trial looks alike", "[decoding][token_maps]") {
  const testing::ToyDecoding toy;
  Betas silent = toy.validation;
  for (auto& subject : silent.subjects) subject.betas = at::zeros_like(subject.betas);
  const at::Tensor maps = looking(toy, "decoding.bit", silent).set("each", true).run().out<Tensor>("maps");
  CHECK((maps - maps[0]).abs().max().item<double>() < 1e-6);
}

TEST_CASE("a predictor without attention has no maps", "[decoding][token_maps]") {
  const testing::ToyDecoding toy;
  auto run = looking(toy, "decoding.mlp", toy.validation);
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("has no attention over brain tokens"));
}

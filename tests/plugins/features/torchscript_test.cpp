// TorchScript backbones: off unless allowed, labelled, and what they compute comes out as token grids.
#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <bgraph/sdk/testing/script_file.h>

#include <torch/types.h>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

testing::NodeRun load(const testing::ScriptFile& script) {
  testing::NodeRun run("io.load_torchscript");
  return std::move(run.set("file", script.path.string()));
}

at::Tensor images() { return at::arange(2 * 3 * 4 * 6, at::kFloat).view({2, 3, 4, 6}) / 144; }

}  // namespace

TEST_CASE("a TorchScript file does not run unless the graph allows it", "[features][torchscript]") {
  const testing::ScriptFile script("x", "x");
  try {
    load(script).run();
    FAIL("it was loaded");
  } catch (const Error& error) {
    CHECK_THAT(error.what(), ContainsSubstring("is a program, and this graph does not allow it"));
    CHECK_THAT(error.fix(), ContainsSubstring("allow_code = true"));
  }
  Model sly = testing::recipe("features.torchscript", {{"bytes", 4}});
  CHECK_THROWS_WITH(testing::build_component<ImageBackbone>(sly), ContainsSubstring("allow_code is false"));
}

TEST_CASE("outputs of a TorchScript backbone come out as token grids", "[features][torchscript]") {
  const testing::ScriptFile script("x", "(x * 2, x.flatten(2).transpose(1, 2), x.mean([2, 3]))");
  auto run = load(script);
  run.set("allow_code", true);
  run.set("settings", {{"taps", {"map", "tokens", "vector"}}, {"mean", {0.5, 0.25, 0}}, {"sd", {1.0, 0.5, 2.0}}});
  const Model model = run.run().out<Model>("model");
  CHECK(model.notes.contains("untrusted"));
  REQUIRE(run.warnings().size() == 1);
  CHECK_THAT(run.warnings().front(), ContainsSubstring("untrusted"));
  const auto backbone = testing::build_component<ImageBackbone>(model);
  const auto grids = backbone->forward(images());
  REQUIRE(grids.size() == 3);
  at::Tensor x = images();
  x.select(1, 0).sub_(0.5);
  x.select(1, 1).sub_(0.25).mul_(2);
  x.select(1, 2).mul_(0.5);
  CHECK(grids[0].tokens.allclose((2 * x).flatten(2).transpose(1, 2)));
  CHECK(grids[0].height == 4);
  CHECK(grids[0].width == 6);
  CHECK(grids[1].tokens.allclose(x.flatten(2).transpose(1, 2)));
  CHECK(grids[1].height == 0);  // 24 positions are no square
  CHECK(grids[2].tokens.sizes().vec() == std::vector<int64_t>{2, 1, 3});
}

TEST_CASE("a TorchScript module that gives something else is told", "[features][torchscript]") {
  const auto forward = [](const std::string& body, const std::vector<std::string>& taps) {
    const testing::ScriptFile script("x", body);
    const Model model = load(script).set("allow_code", true).set("settings", {{"taps", taps}}).run().out<Model>("model");
    testing::build_component<ImageBackbone>(model)->forward(images());
  };
  CHECK_THROWS_WITH(forward("3", {"out"}), ContainsSubstring("gives a Int, expected tensors"));
  CHECK_THROWS_WITH(forward("x", {"a", "b"}), ContainsSubstring("has 1 outputs, taps names 2"));
  CHECK_THROWS_WITH(forward("x.sum()", {"out"}), ContainsSubstring("expected [B, D, h, w]"));
}

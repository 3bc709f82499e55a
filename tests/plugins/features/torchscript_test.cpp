// TorchScript backbones: off unless allowed, labelled, and what they compute comes out as token grids.
#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>

#include <torch/csrc/jit/api/module.h>
#include <unistd.h>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A module of this forward(), saved where it goes with the test.
struct Script {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("torchscript_test_" + std::to_string(::getpid()) + ".pt");
  explicit Script(const std::string& body) {
    torch::jit::Module module("net");
    module.define("def forward(self, x):\n    return " + body + "\n");
    module.save(path.string());
  }
  ~Script() { std::filesystem::remove(path); }

  testing::NodeRun load() const {
    testing::NodeRun run("io.load_torchscript");
    run.set("file", path.string());
    return run;
  }
};

at::Tensor images() { return at::arange(2 * 3 * 4 * 6, at::kFloat).view({2, 3, 4, 6}) / 144; }

}  // namespace

TEST_CASE("a TorchScript file does not run unless the graph allows it", "[features][torchscript]") {
  const Script script("x");
  try {
    script.load().run();
    FAIL("it was loaded");
  } catch (const Error& error) {
    CHECK_THAT(error.what(), ContainsSubstring("is a program, and this graph does not allow it"));
    CHECK_THAT(error.fix(), ContainsSubstring("allow_code = true"));
  }
  Model sly = testing::recipe("features.torchscript", {{"bytes", 4}});
  CHECK_THROWS_WITH(testing::build_component<ImageBackbone>(sly), ContainsSubstring("allow_code is false"));
}

TEST_CASE("outputs of a TorchScript backbone come out as token grids", "[features][torchscript]") {
  const Script script("(x * 2, x.flatten(2).transpose(1, 2), x.mean([2, 3]))");
  auto run = script.load();
  run.set("allow_code", true).set("taps", {"map", "tokens", "vector"}).set("mean", {0.5, 0.25, 0}).set("sd", {1.0, 0.5, 2.0});
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
    const Script script(body);
    const Model model = script.load().set("allow_code", true).set("taps", taps).run().out<Model>("model");
    testing::build_component<ImageBackbone>(model)->forward(images());
  };
  CHECK_THROWS_WITH(forward("3", {"out"}), ContainsSubstring("gives a Int, expected tensors"));
  CHECK_THROWS_WITH(forward("x", {"a", "b"}), ContainsSubstring("has 1 outputs, taps names 2"));
  CHECK_THROWS_WITH(forward("x.sum()", {"out"}), ContainsSubstring("expected [B, D, h, w]"));
}

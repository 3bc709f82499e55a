// Both ways: features.patches cuts, inversion.patches lays side by side.
#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>

using namespace bgraph;

namespace {

/// Grey pictures 14 x 21.
Images pictures() {
  const at::Tensor grey = Rng(1, "patches_test", "pixels", 0, 0).uniform({3, 1, 14, 21});
  return {grey.expand({-1, 3, -1, -1}).contiguous(), at::arange(11, 14), at::full({3}, -1, at::kLong), "set", "test"};
}

Features patches_of(const Images& images, int64_t side, bool grey) {
  return testing::NodeRun("features.patches").set("side", side).set("grey", grey).in("images", images).run()
      .out<Features>("features");
}

}  // namespace

TEST_CASE("a patch holds the pixels of its place, row by row", "[features][patches]") {
  const Images images = pictures();
  const auto layer = patches_of(images, 7, false).layer("patches");
  CHECK(layer.tokens.sizes() == at::IntArrayRef({3, 6, 147}));
  CHECK(layer.height == 2);
  CHECK(layer.width == 3);
  const at::Tensor place = images.pixels[1].slice(1, 7, 14).slice(2, 14, 21);  // second row, third column
  CHECK(layer.tokens[1][5].equal(place.reshape({-1})));
}

TEST_CASE("images come back from their patches, grey or coloured", "[inversion][patches]") {
  const Images images = pictures();
  for (const bool grey : {true, false}) {
    testing::NodeRun run("inversion.patches");
    const auto back = run.in("targets", patches_of(images, 7, grey)).run().out<Images>("images");
    // the mean of three equal floats may round: one unit in the last place of numbers below 1
    CHECK((back.pixels - images.pixels).abs().max().item<float>() < 1e-6f);
    CHECK(back.image_id.equal(images.image_id));
    CHECK(back.split == "test");
  }
}

TEST_CASE("several predictions of the same images are averaged, of others refused", "[inversion][patches]") {
  Features first = patches_of(pictures(), 7, true), second = first;
  second.layers[0].tokens = first.layers[0].tokens * 0.5;
  const auto mean = testing::NodeRun("inversion.patches").in("targets", first).in("targets", second).run()
                        .out<Images>("images");
  CHECK((mean.pixels - pictures().pixels * 0.75).abs().max().item<float>() < 1e-6f);
  second.image_id = second.image_id + 1;
  testing::NodeRun run("inversion.patches");
  CHECK_THROWS_WITH(run.in("targets", first).in("targets", second).run(),
                    Catch::Matchers::ContainsSubstring("predicts other images than entry 0"));
}

TEST_CASE("a side that does not tile the image is refused with both sizes", "[features][patches]") {
  testing::NodeRun run("features.patches");
  CHECK_THROWS_WITH(run.set("side", 8).in("images", pictures()).run(),
                    Catch::Matchers::ContainsSubstring("images are 14 x 21, patches of side 8 do not tile them"));
}

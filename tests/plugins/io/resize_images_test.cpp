#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/golden.h>
#include <bgraph/sdk/testing/run.h>
#include <bgraph/sdk/values/images.h>

using namespace bgraph;

namespace {

Images resized_by_node(const at::Tensor& pixels, int64_t size, bool bytes) {
  const int64_t n = pixels.size(0);
  const Images images{pixels, at::arange(7, 7 + n, at::kLong), at::full({n}, -1, at::kLong), "made", "train"};
  testing::NodeRun run("io.resize_images");
  return run.set("size", size).set("bytes", bytes).in("images", images).run().out<Images>("images");
}

}  // namespace

TEST_CASE("resized pictures keep who they are", "[io][resize_images]") {
  const Images found = resized_by_node(Rng(1, "test", "resize_images", 0, 0).uniform({3, 3, 10, 8}), 5, false);
  CHECK(found.pixels.sizes() == at::IntArrayRef({3, 3, 5, 5}));
  CHECK(at::equal(found.image_id, at::tensor({7, 8, 9}, at::kLong)));
  CHECK(found.split == "train");
}

TEST_CASE("NSD images are prepared as the authors' scripts do it, to one level of 255", "[io][resize_images][golden]") {
  const auto golden = testing::Golden::open("training");
  if (!golden) return;
  const at::Tensor pixels = golden->input("input.img256").floor().to(at::kByte).permute({0, 3, 1, 2}).contiguous();
  for (const int64_t size : {224, 112}) {
    const at::Tensor found = resized_by_node(pixels, size, true).pixels[0].permute({1, 2, 0}).to(at::kDouble);
    CHECK(golden->output_difference("prepare_imgs." + std::to_string(size), found) == "");
  }
}

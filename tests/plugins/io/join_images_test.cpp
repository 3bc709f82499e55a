#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>

#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>

using namespace bgraph;

namespace {

Images part(const std::vector<int64_t>& ids, double grey, const std::string& split = "test") {
  const auto count = static_cast<int64_t>(ids.size());
  return {at::full({count, 3, 5, 4}, grey), at::tensor(ids), at::full({count}, 1, at::kLong), "set", split};
}

}  // namespace

TEST_CASE("joined folds hold every image once, part after part", "[io][join_images]") {
  testing::NodeRun run("io.join_images");
  const auto all = run.in("images", part({7, 2}, 0.25)).in("images", part({5}, 0.5)).run().out<Images>("joined");
  CHECK(all.image_id.equal(at::tensor(std::vector<int64_t>{7, 2, 5})));
  CHECK(all.pixels[1].equal(at::full({3, 5, 4}, 0.25)));
  CHECK(all.pixels[2].equal(at::full({3, 5, 4}, 0.5)));
  CHECK(all.split == "test");
}

TEST_CASE("an image held out twice is named with both parts", "[io][join_images]") {
  testing::NodeRun run("io.join_images");
  CHECK_THROWS_WITH(run.in("images", part({7, 2}, 0)).in("images", part({2}, 0)).run(),
                    Catch::Matchers::ContainsSubstring("image 2 stands in parts 0 and 1"));
}

TEST_CASE("parts of two splits are not joined", "[io][join_images]") {
  testing::NodeRun run("io.join_images");
  CHECK_THROWS_WITH(run.in("images", part({7}, 0)).in("images", part({2}, 0, "train")).run(),
                    Catch::Matchers::ContainsSubstring("has split 'train', part 0 has 'test'"));
}

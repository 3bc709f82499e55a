#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <bgraph/sdk/values.h>

#include <cmath>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

/// Five voxels of subject 0 (one without a position), two of subject 1.
Voxels voxels() {
  Voxels all{.subject = at::tensor({0, 0, 0, 0, 0, 1, 1}, at::kLong),
             .position = at::arange(21).view({7, 3}).to(at::kFloat),
             .hemisphere = at::tensor({0, 0, 1, 1, 0, 0, 1}, at::kLong),
             .roi = at::tensor({0, 1, 1, -1, 0, 2, 2}, at::kLong),
             .parcel = at::full({7}, -1, at::kLong),
             .ncsnr = at::ones({7}),
             .subjects = {"subj01", "subj02"},
             .roi_names = {"V1", "V2 & <V3>", "FFA"},
             .space = "toy-sheet"};
  all.position[4].fill_(std::nanf(""));
  return all;
}

std::string svg(testing::NodeRun& run) { return run.run().out<Figure>("figure").files.at("figure.svg"); }

}  // namespace

TEST_CASE("the map shows one dot per placed voxel of the subject, both hemispheres", "[figures][cortex]") {
  testing::NodeRun run("figures.cortex");
  run.in("voxels", voxels());
  const std::string map = svg(run);
  CHECK(count(map, "r=\"3.4\"") == 4);
  CHECK_THAT(map, ContainsSubstring("left hemisphere"));
  CHECK_THAT(map, ContainsSubstring("right hemisphere"));
  CHECK_THAT(map, ContainsSubstring("V2 &amp; &lt;V3&gt;"));
  CHECK(map.find("FFA") == std::string::npos);  // a region of the other subject only
  CHECK_THAT(run.out<Figure>("figure").caption, ContainsSubstring("1 voxels have no position"));
}

TEST_CASE("voxels of one cluster share a colour, those without one are grey", "[figures][cortex]") {
  testing::NodeRun run("figures.cortex");
  const ClusterMap v2c{at::tensor({3, 3, 20, -1, 0, 0, 0}, at::kLong), at::zeros({21, 0}), "gmm"};
  run.in("voxels", voxels()).in("v2c", v2c);
  const std::string map = svg(run);
  CHECK(count(map, "fill=\"#e45756\"") == 2);
  CHECK(count(map, "fill=\"#9aa0a6\"") == 1);
}

TEST_CASE("scores run from the lowest to the highest colour, with both numbers", "[figures][cortex]") {
  testing::NodeRun run("figures.cortex");
  const Tensor score(at::tensor({0.25f, 0.5f, 0.75f, std::nanf(""), 9.f, 9.f, 9.f}));
  run.in("voxels", voxels()).in("score", score);
  const std::string map = svg(run);
  CHECK_THAT(map, ContainsSubstring(">0.25<"));
  CHECK_THAT(map, ContainsSubstring(">0.75<"));  // values of voxels that are not shown do not count
  CHECK(count(map, "fill=\"#9aa0a6\"") == 1);
}

TEST_CASE("an unknown subject and two colours are refused", "[figures][cortex]") {
  testing::NodeRun run("figures.cortex");
  run.in("voxels", voxels()).set("subject", 2);
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("no subject 2, only 2"));
  testing::NodeRun twice("figures.cortex");
  const ClusterMap v2c{at::zeros({7}, at::kLong), at::zeros({1, 0}), "gmm"};
  twice.in("voxels", voxels()).in("v2c", v2c).in("score", Tensor(at::zeros({7})));
  CHECK_THROWS_WITH(twice.run(), ContainsSubstring("one colour per voxel"));
}

// Unfold and fold: index formula, exact round trips, overlap averages, and what the sizes give away.
#include <bgraph/sdk/nn/tokenisation.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/golden.h>

using namespace bgraph;

namespace {

at::Tensor random_map(int64_t b, int64_t c, int64_t h, int64_t w) {
  return Rng(3, "tokenisation", "map", 0, 0).normal({b, c, h, w});
}

/// Brain-IT's tokens of the five layers of VGG16-BN at 112 x 112.
const std::vector<Tokenisation> kPublished = {{2, 2, 2}, {2, 1, 1}, {1, 1, 2}, {1, 1, 1}, {1, 1, 1}};
const std::vector<MapShape> kMaps = {{64, 112, 112}, {128, 56, 56}, {256, 28, 28}, {512, 14, 14}, {512, 7, 7}};

}  // namespace

TEST_CASE("token entries follow the formula channel, row, column", "[nn][tokenisation]") {
  const at::Tensor map = random_map(2, 3, 6, 8);
  const int64_t stride = GENERATE(1, 2);
  const Tokenisation how{2, stride, 2};
  const at::Tensor tokens = tokens_from_map(map, how);
  const int64_t rows = how.positions(6), columns = how.positions(8);
  REQUIRE(tokens.sizes() == at::IntArrayRef({2, rows * columns, 24}));
  for (int64_t py = 0; py < rows; ++py)
    for (int64_t px = 0; px < columns; ++px)
      for (int64_t d = 0; d < 24; ++d) {
        const int64_t once = d % 12, c = once / 4, y = once / 2 % 2, x = once % 2;
        const float expected = map[1][c][stride * py + y][stride * px + x].item<float>();
        REQUIRE(tokens[1][py * columns + px][d].item<float>() == expected);
      }
}

TEST_CASE("tokens of one map give the map back bit for bit", "[nn][tokenisation]") {
  const at::Tensor map = random_map(2, 5, 8, 6);
  const auto how = GENERATE(Tokenisation{1, 1, 1}, Tokenisation{1, 1, 2}, Tokenisation{2, 2, 1},
                            Tokenisation{2, 2, 2}, Tokenisation{2, 1, 1}, Tokenisation{2, 1, 2});
  CHECK(map_from_tokens(tokens_from_map(map, how), how, {5, 8, 6}).equal(map));
}

TEST_CASE("positions covered by several tokens get their mean", "[nn][tokenisation]") {
  // One channel, 2x3 map, two overlapping patches: the middle column is covered by both.
  const at::Tensor tokens = at::tensor({1.f, 2.f, 3.f, 4.f, 10.f, 20.f, 30.f, 40.f}).view({1, 2, 4});
  const at::Tensor map = map_from_tokens(tokens, {2, 1, 1}, {1, 2, 3});
  CHECK(map.view({6}).equal(at::tensor({1.f, 6.f, 20.f, 3.f, 17.f, 40.f})));
}

TEST_CASE("disagreeing copies are averaged", "[nn][tokenisation]") {
  const at::Tensor tokens = at::tensor({1.f, 2.f, 5.f, 10.f}).view({1, 1, 4});
  CHECK(map_from_tokens(tokens, {1, 1, 2}, {2, 1, 1}).view({2}).equal(at::tensor({3.f, 6.f})));
}

TEST_CASE("sizes alone tell the tokenisation", "[nn][tokenisation]") {
  const auto how = GENERATE(Tokenisation{1, 1, 1}, Tokenisation{1, 1, 2}, Tokenisation{2, 2, 1},
                            Tokenisation{2, 2, 2}, Tokenisation{2, 1, 1}, Tokenisation{2, 1, 3});
  const MapShape map{5, 8, 6};
  CHECK(tokenisation_between(map, how.positions(8), how.positions(6), 5 * how.kernel * how.kernel * how.copies) ==
        how);
}

TEST_CASE("a grid that no tokenisation explains is refused with both sizes", "[nn][tokenisation]") {
  CHECK_THROWS_WITH(tokenisation_between({5, 8, 6}, 4, 4, 20),
                    Catch::Matchers::ContainsSubstring("5 x 8 x 6") && Catch::Matchers::ContainsSubstring("4 x 4 tokens of width 20"));
  CHECK_THROWS_AS(tokens_from_map(random_map(1, 2, 5, 5), {2, 2, 1}), ShapeError);
  CHECK_THROWS_AS(map_from_tokens(random_map(1, 1, 4, 3).squeeze(0), {1, 1, 1}, {2, 2, 2}), ShapeError);
}

TEST_CASE("five maps become the release's 7190 tokens of 512 numbers", "[nn][tokenisation]") {
  const auto golden = testing::Golden::open("vgg_tokens");
  if (!golden) return;
  std::vector<at::Tensor> all;
  for (size_t l = 0; l < kMaps.size(); ++l) {
    const std::string number = std::to_string(l + 1);
    const at::Tensor map = golden->input("input.map" + number);
    all.push_back(tokens_from_map(map, kPublished[l]));
    CHECK(golden->output_difference("tokens" + number, all.back()) == "");
    CHECK(map_from_tokens(all.back(), kPublished[l], kMaps[l]).equal(map));
    const int64_t height = kPublished[l].positions(kMaps[l].height);
    CHECK(tokenisation_between(kMaps[l], height, height, 512) == kPublished[l]);  // sizes alone tell it
  }
  CHECK(golden->output_difference("tokens_all", at::cat(all, 1)) == "");
}

TEST_CASE("any 7190 tokens become the release's five maps", "[nn][tokenisation]") {
  const auto golden = testing::Golden::open("vgg_tokens");
  if (!golden) return;
  const auto counts = (*golden)["config"].at("token_counts").get<std::vector<int64_t>>();
  const auto tokens = golden->input("input.free_tokens").split_with_sizes(counts, 1);
  for (size_t l = 0; l < kMaps.size(); ++l)
    CHECK(golden->output_difference("maps_from_free_tokens." + std::to_string(l + 1),
                                    map_from_tokens(tokens[l], kPublished[l], kMaps[l])) == "");
}

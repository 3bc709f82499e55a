// Scenes: functions of (seed, id), balanced, with independent factors and regions that fit the picture.

#include "toy/gallery.h"
#include "toy/scene.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>

#include <ATen/ops/equal.h>

#include <cmath>
#include <set>

using namespace bgraph;

TEST_CASE("a toy image is the same whatever range it is painted in", "[io][toy_scene]") {
  const toy::Gallery alone = toy::paint_range(0, 2'000'007, 1, 32), among = toy::paint_range(0, 2'000'005, 5, 32);
  REQUIRE(at::equal(alone.images.pixels[0], among.images.pixels[2]));
  REQUIRE_FALSE(at::equal(among.images.pixels[2], among.images.pixels[3]));
  REQUIRE_FALSE(at::equal(alone.images.pixels, toy::paint_range(1, 2'000'007, 1, 32).images.pixels));
}

TEST_CASE("images of two scene seeds are never taken for the same", "[io][toy_scene]") {
  REQUIRE(toy::paint_range(0, 5, 1, 16).images.id_space == "toy");
  REQUIRE(toy::paint_range(3, 5, 1, 16).images.id_space == "toy-3");
}

TEST_CASE("the id of a toy image says what it may be used for", "[io][toy_scene]") {
  REQUIRE(toy::split_of(toy::kValidation) == "validation");
  REQUIRE(toy::split_of(toy::kTest + 99) == "test");
  REQUIRE(toy::split_of(toy::kExternal) == "external");
  REQUIRE(toy::split_of(toy::kPrivate) == "train");
  REQUIRE(toy::split_of(toy::kNetworks) == "external");
  REQUIRE_THROWS_AS(toy::paint_range(0, toy::kTest - 2, 4, 16), Error);
  REQUIRE_THROWS_AS(toy::paint_range(0, toy::kPrivate + toy::kRange - 2, 4, 16), Error);
}

TEST_CASE("category says nothing about layout, texture and colour of a scene", "[io][toy_scene]") {
  // Correlation of each factor with each category's indicator: under independence sd 1/sqrt(n); 5 sd, 80 looks.
  constexpr int64_t kCount = 4000;
  const auto factors = [](const toy::Scene& scene) {
    return std::array<double, 8>{scene.horizon, scene.figures.back().x, scene.figures.back().size,
                                 static_cast<double>(scene.figures.size()), scene.frequency, scene.contrast,
                                 scene.figure_hue, scene.ground_hue};
  };
  std::array<double, 8> sum{}, squares{};
  std::array<std::array<double, 8>, toy::kCategories> of_category{};
  for (int64_t id = 0; id < kCount; ++id) {
    const auto scene = toy::draw_scene(0, id);
    const auto values = factors(scene);
    for (size_t f = 0; f < values.size(); ++f) {
      sum[f] += values[f], squares[f] += values[f] * values[f];
      of_category[static_cast<size_t>(scene.category)][f] += values[f];
    }
  }
  const double each = kCount / static_cast<double>(toy::kCategories);
  for (size_t f = 0; f < sum.size(); ++f) {
    const double mean = sum[f] / kCount, sd = std::sqrt(squares[f] / kCount - mean * mean);
    for (const auto& category : of_category)
      REQUIRE(std::abs(category[f] / each - mean) < 5 * sd / std::sqrt(each));
  }
}

TEST_CASE("colour, texture and layout of a scene are uncorrelated with each other", "[io][toy_scene]") {
  constexpr int64_t kCount = 4000;
  double xy = 0, xz = 0, yz = 0;
  for (int64_t id = 0; id < kCount; ++id) {
    const auto scene = toy::draw_scene(0, id);
    const double x = (scene.horizon - 0.5) / 0.44, y = (scene.frequency - 4.5) / 5, z = scene.sky_hue - 0.5;  // width 1
    xy += x * y, xz += x * z, yz += y * z;
  }
  const double limit = 5 * std::sqrt(static_cast<double>(kCount)) / 12;  // sd of a product of two uniforms: 1/12
  REQUIRE(std::abs(xy) < limit);
  REQUIRE(std::abs(xz) < limit);
  REQUIRE(std::abs(yz) < limit);
}

TEST_CASE("ten consecutive toy images show ten categories, each where its mask says", "[io][toy_scene]") {
  const toy::Gallery gallery = toy::paint_range(0, 40, 10, 32);
  std::set<int64_t> seen;
  for (int64_t i = 0; i < 10; ++i) {
    const int64_t category = gallery.images.category[i].item<int64_t>();
    seen.insert(category);
    const at::Tensor region = gallery.regions[i];
    const at::Tensor figure = region.ge(toy::kFirstFigure);
    REQUIRE(figure.sum().item<int64_t>() > 20);  // 2 % of the picture
    REQUIRE(region.masked_select(figure).eq(toy::kFirstFigure + category).all().item<bool>());
    REQUIRE(region[0].eq(toy::kGround).sum().item<int64_t>() == 0);  // the ground is below
  }
  REQUIRE(seen.size() == 10);
}

TEST_CASE("two scenes of one category differ more than a little", "[io][toy_scene]") {
  const toy::Gallery gallery = toy::paint_range(0, 0, 200, 32);
  const at::Tensor pixels = gallery.images.unit_range().flatten(1);
  for (int64_t i = 0; i + 10 < 200; ++i)
    REQUIRE((pixels[i] - pixels[i + 10]).square().mean().sqrt().item<double>() > 0.05);
}

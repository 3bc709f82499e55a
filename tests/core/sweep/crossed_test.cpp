#include <bgraph/core/sweep/crossed.h>
#include <bgraph/sdk/testing/catch.h>

#include <cmath>
#include <random>

using namespace bgraph::sweep;

TEST_CASE("one brain, or one image, gives the t interval of the others' values", "[sweep][crossed]") {
  // sd of (.1, .3, .2) is .1; t(.975, 2) = 4.302652729911275 (Abramowitz and Stegun, table 26.10: 4.303)
  const double half = 4.302652729911275 * 0.1 / std::sqrt(3.0);
  for (const auto& differences : {std::vector<std::vector<double>>{{.1}, {.3}, {.2}}, std::vector<std::vector<double>>{{.1, .3, .2}}}) {
    const Estimate found = crossed_mean(differences);
    CHECK(found.mean == Approx(0.2).margin(1e-12));
    CHECK(*found.half_width == Approx(half).margin(1e-9));
  }
  CHECK_FALSE(crossed_mean({{.4}}).half_width);
}

TEST_CASE("brains that copy each other are one brain: more of them narrow nothing", "[sweep][crossed]") {
  const std::vector<double> images = {.1, .5, -.2, .3};
  std::vector<std::vector<double>> once, thrice;
  for (const double d : images) {
    once.push_back({d});
    thrice.push_back({d, d, d});
  }
  CHECK(crossed_mean(thrice).mean == Approx(crossed_mean(once).mean));
  CHECK(*crossed_mean(thrice).half_width == Approx(*crossed_mean(once).half_width).margin(1e-12));
  CHECK(*crossed_mean({{.2, .2}, {.2, .2}}).half_width == 0);
}

TEST_CASE("the interval holds the truth as often as it says where images and brains both vary", "[sweep][crossed]") {
  std::mt19937 engine(11);
  std::normal_distribution<double> normal;
  constexpr int kWorlds = 2000, kImages = 20, kBrains = 6;
  int held = 0;
  for (int world = 0; world < kWorlds; ++world) {
    std::vector<double> brain(kBrains);
    for (double& b : brain) b = 0.6 * normal(engine);
    std::vector<std::vector<double>> differences;
    for (int i = 0; i < kImages; ++i) {
      const double image = 1.2 * normal(engine);
      differences.emplace_back();
      for (const double b : brain) differences.back().push_back(0.3 + image + b + normal(engine));
    }
    const Estimate found = crossed_mean(differences);
    held += std::abs(found.mean - 0.3) <= *found.half_width;
  }
  // 95 % nominal; 4 standard errors of a share of 2000 are .02, and Satterthwaite is approximate by about as much.
  CHECK(held > 0.92 * kWorlds);
  CHECK(held < 0.98 * kWorlds);
}

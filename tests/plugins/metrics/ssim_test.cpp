#include "ssim.h"

#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/testing/catch.h>

#include <cmath>

using namespace bgraph;
using namespace bgraph::metrics;

namespace {

at::Tensor draw(at::IntArrayRef shape, int64_t index) { return Rng(2, "test", "ssim", 0, index).uniform(shape); }

/// One image pair, every window on its own, two-dimensional weights: nothing shared with the separable form.
double slow_ssim(const at::Tensor& x, const at::Tensor& y, SsimWindow window) {
  const int64_t radius = window == SsimWindow::uniform ? 3 : 5, taps = 2 * radius + 1;
  const auto grey = [](const at::Tensor& image, int64_t row, int64_t col) {
    return 0.2125 * image[0][row][col].item<double>() + 0.7154 * image[1][row][col].item<double>() +
           0.0721 * image[2][row][col].item<double>();
  };
  std::vector<double> weight;
  double total = 0;
  for (int64_t u = -radius; u <= radius; ++u)
    for (int64_t v = -radius; v <= radius; ++v) {
      weight.push_back(window == SsimWindow::uniform ? 1.0 : std::exp(-double(u * u + v * v) / (2 * 1.5 * 1.5)));
      total += weight.back();
    }
  const double n = double(taps * taps), sample = window == SsimWindow::uniform ? n / (n - 1) : 1.0;
  double sum = 0;
  int64_t windows = 0;
  for (int64_t row = radius; row + radius < x.size(1); ++row)
    for (int64_t col = radius; col + radius < x.size(2); ++col, ++windows) {
      double mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
      size_t k = 0;
      for (int64_t u = -radius; u <= radius; ++u)
        for (int64_t v = -radius; v <= radius; ++v, ++k) {
          const double w = weight[k] / total, a = grey(x, row + u, col + v), b = grey(y, row + u, col + v);
          mx += w * a, my += w * b, xx += w * a * a, yy += w * b * b, xy += w * a * b;
        }
      const double vx = sample * (xx - mx * mx), vy = sample * (yy - my * my), c = sample * (xy - mx * my);
      sum += (2 * mx * my + 1e-4) * (2 * c + 9e-4) / ((mx * mx + my * my + 1e-4) * (vx + vy + 9e-4));
    }
  return sum / double(windows);
}

}  // namespace

TEST_CASE("separable SSIM is the one computed window by window", "[metrics][ssim]") {
  const at::Tensor x = draw({2, 3, 14, 13}, 0), y = 0.6 * x + 0.4 * draw({2, 3, 14, 13}, 1);
  for (const auto window : {SsimWindow::gaussian, SsimWindow::uniform}) {
    const at::Tensor found = ssim(x, y, window);
    for (int64_t i = 0; i < 2; ++i)
      CHECK(found[i].item<double>() == Approx(slow_ssim(x[i], y[i], window)).margin(1e-6));  // grey is float32 there
  }
}

TEST_CASE("SSIM of an image with itself is 1, and it is symmetric", "[metrics][ssim]") {
  const at::Tensor x = draw({3, 3, 12, 17}, 2), y = draw({3, 3, 12, 17}, 3);
  CHECK(at::allclose(ssim(x, x, SsimWindow::gaussian), at::ones({3}, at::kDouble), 0, 1e-12));
  CHECK(at::allclose(ssim(x, y, SsimWindow::uniform), ssim(y, x, SsimWindow::uniform), 0, 1e-12));
}

TEST_CASE("SSIM of two constant images is the luminance term alone", "[metrics][ssim]") {
  const at::Tensor x = at::full({1, 3, 11, 11}, 0.2f), y = at::full({1, 3, 11, 11}, 0.6f);
  const double expected = (2 * 0.2 * 0.6 + 1e-4) / (0.2 * 0.2 + 0.6 * 0.6 + 1e-4);
  CHECK(ssim(x, y, SsimWindow::gaussian).item<double>() == Approx(expected).margin(1e-6));
}

TEST_CASE("the mean image beats a sharp wrong image, so SSIM alone decides nothing", "[metrics][ssim]") {
  const at::Tensor common = draw({1, 3, 16, 16}, 4), population = 0.5 * common + 0.5 * draw({20, 3, 16, 16}, 5);
  const at::Tensor seen = population.slice(0, 0, 1), wrong = population.slice(0, 1, 2);
  CHECK(ssim(seen, population.mean(0, true), SsimWindow::gaussian).item<double>() >
        ssim(seen, wrong, SsimWindow::gaussian).item<double>() + 0.05);
}

TEST_CASE("images below the window are refused with the way out", "[metrics][ssim]") {
  const at::Tensor x = draw({1, 3, 10, 10}, 6);
  CHECK_THROWS_WITH(ssim(x, x, SsimWindow::gaussian),
                    Catch::Matchers::ContainsSubstring("window of 11 pixels") && Catch::Matchers::ContainsSubstring("[1, 3, 10, 10]"));
  CHECK(ssim(x, x, SsimWindow::uniform).size(0) == 1);
}

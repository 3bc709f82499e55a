#include "ssim.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/values/tensor.h>

#include <cmath>

namespace bgraph::metrics {

namespace {

constexpr double kC1 = 0.01 * 0.01, kC2 = 0.03 * 0.03;  // data range 1
constexpr int64_t kBatch = 16;                          // images at a time: bounds the float64 maps

std::vector<double> weights_of(SsimWindow window) {
  if (window == SsimWindow::uniform) return std::vector<double>(7, 1.0 / 7);
  std::vector<double> weights;
  double sum = 0;
  for (int64_t offset = -5; offset <= 5; ++offset) {
    weights.push_back(std::exp(-0.5 * static_cast<double>(offset * offset) / (1.5 * 1.5)));
    sum += weights.back();
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

/// Weighted sums along one axis where the window lies inside: length n -> n - taps + 1.
at::Tensor slide(const at::Tensor& map, int64_t dim, const std::vector<double>& weights) {
  const auto taps = static_cast<int64_t>(weights.size());
  const int64_t length = map.size(dim) - taps + 1;
  at::Tensor sum = map.narrow(dim, 0, length) * weights.front();
  for (int64_t tap = 1; tap < taps; ++tap)
    sum.add_(map.narrow(dim, tap, length), weights[static_cast<size_t>(tap)]);
  return sum;
}

/// Mean SSIM of planes x, y [N, H, W] float64  ->  [N].
at::Tensor mean_of_map(const at::Tensor& x, const at::Tensor& y, SsimWindow window) {
  const auto weights = weights_of(window);
  const auto smooth = [&](const at::Tensor& map) { return slide(slide(map, 1, weights), 2, weights); };
  const double n = static_cast<double>(weights.size() * weights.size());
  const double covariance = window == SsimWindow::uniform ? n / (n - 1) : 1.0;  // sample or population
  const at::Tensor mx = smooth(x), my = smooth(y);
  const at::Tensor vx = (smooth(x * x) - mx * mx) * covariance;
  const at::Tensor vy = (smooth(y * y) - my * my) * covariance;
  const at::Tensor cxy = (smooth(x * y) - mx * my) * covariance;
  const at::Tensor above = (2 * mx * my + kC1) * (2 * cxy + kC2);
  const at::Tensor below = (mx * mx + my * my + kC1) * (vx + vy + kC2);
  return (above / below).mean(at::IntArrayRef{1, 2});
}

at::Tensor in_batches(const at::Tensor& seen, const at::Tensor& recon, SsimWindow window, Resize to, bool colour) {
  if (seen.sizes() != recon.sizes())
    throw ShapeError("SSIM compares pairs, found " + shape_text(seen) + " and " + shape_text(recon));
  const int64_t side = to.size > 0 ? to.size : std::min(seen.size(2), seen.size(3));
  const int64_t taps = window == SsimWindow::uniform ? 7 : 11;
  if (side < taps)
    throw ShapeError("SSIM with a window of " + std::to_string(taps) + " pixels needs images at least that large, found " +
                         shape_text(seen),
                     "resize the images, or use the uniform window of 7 pixels");
  std::vector<at::Tensor> means{at::empty({0}, at::kDouble)};
  for (int64_t from = 0; from < seen.size(0); from += kBatch) {
    const auto planes = [&](const at::Tensor& images) {  // [N, H, W] grey, or [N * 3, H, W]
      const at::Tensor part = resized(images.slice(0, from, from + kBatch), to).to(at::kDouble);
      if (colour) return part.flatten(0, 1);
      return grey(part);
    };
    const at::Tensor scores = mean_of_map(planes(seen), planes(recon), window);
    means.push_back(colour ? scores.view({-1, 3}).mean(1) : scores);
  }
  return at::cat(means);
}

}  // namespace

at::Tensor grey(const at::Tensor& images) {
  return images.select(1, 0) * 0.2125 + images.select(1, 1) * 0.7154 + images.select(1, 2) * 0.0721;
}

at::Tensor ssim(const at::Tensor& seen, const at::Tensor& recon, SsimWindow window, Resize to) {
  return in_batches(seen, recon, window, to, false);
}

at::Tensor color_ssim(const at::Tensor& seen, const at::Tensor& recon, SsimWindow window, Resize to) {
  return in_batches(seen, recon, window, to, true);
}

}  // namespace bgraph::metrics

#include "golden_images.h"

#include <algorithm>
#include <cmath>

namespace bgraph::metrics {

namespace {

/// One pixel of image k, before clipping.
double pixel(int64_t k, int64_t channel, double x, double y, const double* par, double noise) {
  const double a = par[0], p = par[2], q = par[3], r = par[4], s = par[5], c = static_cast<double>(channel);
  switch (k % 4) {
    case 0: return a * x + (1 - a) * y * (0.3 + 0.3 * c);
    case 1: return 0.15 + 0.7 * std::fmod(std::floor(x * (3 + 5 * p)) + std::floor(y * (3 + 5 * q)) + c, 2.0);
    case 2:
      return 0.5 + 0.45 * std::sin(2 * M_PI * ((1 + 6 * p) * x + (1 + 4 * q) * y + 0.2 * c + r)) *
                       std::cos(2 * M_PI * 3 * s * y);
    default: return noise * (0.4 + 0.6 * x) + 0.1 * c * (1 - x);
  }
}

}  // namespace

at::Tensor golden_seen(const testing::Golden& golden) {
  const at::Tensor par = golden.input("input.par").to(at::kDouble), noise = golden.input("input.noise");
  const int64_t n = noise.size(0), size = noise.size(2);
  at::Tensor images = at::empty(noise.sizes(), at::kFloat);
  const auto* noises = noise.data_ptr<float>();
  auto* out = images.data_ptr<float>();
  const double last = static_cast<double>(size - 1);
  for (int64_t k = 0, i = 0; k < n; ++k)
    for (int64_t c = 0; c < 3; ++c)
      for (int64_t row = 0; row < size; ++row)
        for (int64_t col = 0; col < size; ++col, ++i) {
          const double value = pixel(k, c, static_cast<double>(col) / last, static_cast<double>(row) / last,
                                     par.data_ptr<double>() + 6 * k, noises[i]);
          out[i] = static_cast<float>(std::min(1.0, std::max(0.0, value)));
        }
  return images;
}

at::Tensor golden_recon(const testing::Golden& golden, const at::Tensor& seen) {
  const at::Tensor images = seen.to(at::kDouble), noise = golden.input("input.recon_noise").to(at::kDouble);
  std::vector<at::Tensor> recon;
  const int64_t n = seen.size(0);
  for (int64_t k = 0; k < n; ++k)
    recon.push_back((0.55 + 0.1 * static_cast<double>(k % 3)) * images[k] + 0.2 * images[(k + 1) % n] + 0.15 * noise[k]);
  return at::stack(recon).clamp(0, 1).to(at::kFloat);
}

}  // namespace bgraph::metrics

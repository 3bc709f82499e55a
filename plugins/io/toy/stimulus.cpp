#include "toy/stimulus.h"

#include "toy/scene.h"

#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/replication_pad2d.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <numbers>
#include <vector>

namespace bgraph::toy {

namespace {

constexpr int64_t kResolution = 32, kKernel = 9, kBatch = 256;

/// Quadrature pairs of Gabors, zero-mean and of unit norm: [2 * orientations, 1, 9, 9], even ones first.
at::Tensor gabors() {
  constexpr double wavelength = 4, sd = 2;  // pixels: about one octave wide
  at::Tensor bank = at::empty({2 * kOrientations, 1, kKernel, kKernel});
  float* out = bank.data_ptr<float>();
  for (int64_t i = 0; i < 2 * kOrientations; ++i) {
    const double heading = std::numbers::pi * static_cast<double>(i % kOrientations) / kOrientations;
    const double shift = i < kOrientations ? 0 : std::numbers::pi / 2;
    for (int64_t y = -kKernel / 2; y <= kKernel / 2; ++y)
      for (int64_t x = -kKernel / 2; x <= kKernel / 2; ++x) {
        const double along = static_cast<double>(x) * std::cos(heading) + static_cast<double>(y) * std::sin(heading);
        const double envelope = std::exp(-static_cast<double>(x * x + y * y) / (2 * sd * sd));
        *out++ = static_cast<float>(envelope * std::cos(2 * std::numbers::pi * along / wavelength - shift));
      }
  }
  bank = bank - bank.mean(at::IntArrayRef{1, 2, 3}, true);
  return bank / bank.square().sum(at::IntArrayRef{1, 2, 3}, true).sqrt();
}

/// One scale: [n, 1, P, P] -> [n, 4, grid, grid].
at::Tensor energy_at(const at::Tensor& luminance, const at::Tensor& bank, int64_t grid) {
  const int64_t stride = luminance.size(2) / grid;
  const at::Tensor pairs = at::conv2d(at::replication_pad2d(luminance, {4, 4, 4, 4}), bank, {}, stride).square();
  return (pairs.slice(1, 0, kOrientations) + pairs.slice(1, kOrientations)).sqrt();
}

/// The scene at a glance, from luminance [n, 1, 32, 32], energies per scale and opponents [n, 3, 16, 16].
at::Tensor statistics_of(const at::Tensor& luminance, const std::vector<at::Tensor>& energy,
                         const at::Tensor& opponent) {
  const at::Tensor rows = luminance.squeeze(1).mean(2);                                   // [n, 32]
  const at::Tensor change = (rows.slice(1, 2) - rows.slice(1, 0, -2)).square() + 1e-6;    // [n, 30]
  const at::Tensor height = at::arange(change.size(1), rows.options()) / static_cast<double>(change.size(1));
  const auto mean_log = [](const at::Tensor& map) { return (map.flatten(1).mean(1) + 1e-4).log(); };
  const at::Tensor chroma = opponent.slice(1, 1).flatten(2);                              // [n, 2, 256]
  const at::Tensor colourfulness = chroma.var(2, false).sum(1).sqrt() + 0.3 * chroma.mean(2).square().sum(1).sqrt();
  return at::stack({luminance.flatten(1).mean(1), luminance.flatten(1).std(1),
                    (change * height).sum(1) / change.sum(1), mean_log(energy[0]) - mean_log(energy[2]),
                    colourfulness,
                    mean_log(energy[1].select(1, 2)) - mean_log(energy[1].select(1, 0))}, 1);
}

/// Coverage by category [n, C, 8, 8]; regions [n, H, W] uint8 or undefined.
at::Tensor objects_of(const at::Tensor& category, const at::Tensor& regions, int64_t categories, int64_t n) {
  at::Tensor covered;  // [n, 8, 8]
  if (regions.defined()) {
    covered = at::adaptive_avg_pool2d(regions.ge(kFirstFigure).to(at::kFloat), {kObjectGrid, kObjectGrid});
  } else {
    const at::Tensor offset = (at::arange(kObjectGrid, at::kFloat) - 3.5) * (kFieldDeg / kObjectGrid);
    const at::Tensor bell = offset.square().mul(-1.0 / 8).exp();  // sd 2 deg
    covered = (bell.unsqueeze(1) * bell).expand({n, kObjectGrid, kObjectGrid});
  }
  at::Tensor maps = at::zeros({n, categories, kObjectGrid, kObjectGrid});
  for (int64_t i = 0; i < n; ++i) {
    const int64_t c = category[i].item<int64_t>();
    if (c >= 0) maps[i][c].copy_(covered[i]);
  }
  return maps;
}

Stimulus see_batch(const at::Tensor& pixels, const at::Tensor& category, const at::Tensor& regions,
                   int64_t categories, const at::Tensor& bank) {
  const at::Tensor view = at::adaptive_avg_pool2d(pixels, {kResolution, kResolution});    // [n, 3, 32, 32]
  const at::Tensor r = view.select(1, 0), g = view.select(1, 1), b = view.select(1, 2);
  const at::Tensor luminance = (0.299 * r + 0.587 * g + 0.114 * b).unsqueeze(1);          // [n, 1, 32, 32]
  const at::Tensor opponent = at::adaptive_avg_pool2d(
      at::stack({luminance.squeeze(1), r - g, b - (r + g) / 2}, 1), {kOpponentGrid, kOpponentGrid});
  std::vector<at::Tensor> energy, flat;
  for (int64_t scale = 0; scale < kScales; ++scale) {
    const int64_t pixels_wide = kResolution >> scale;
    energy.push_back(energy_at(at::adaptive_avg_pool2d(luminance, {pixels_wide, pixels_wide}), bank,
                               kEnergyGrid[scale]));
    flat.push_back(energy.back().flatten(1));
  }
  return {at::cat(flat, 1), opponent.flatten(1),
          objects_of(category, regions, categories, pixels.size(0)).flatten(1),
          statistics_of(luminance, energy, opponent)};
}

}  // namespace

Stimulus see(const at::Tensor& pixels, const at::Tensor& category, const at::Tensor& regions, int64_t categories) {
  const at::Tensor bank = gabors();
  std::vector<at::Tensor> energy, opponent, objects, statistics;
  for (int64_t begin = 0; begin < pixels.size(0); begin += kBatch) {
    const int64_t end = std::min(begin + kBatch, pixels.size(0));
    const at::Tensor part = pixels.slice(0, begin, end);
    const Stimulus seen = see_batch(part.scalar_type() == at::kByte ? part.to(at::kFloat) / 255.0 : part,
                                    category.slice(0, begin, end),
                                    regions.defined() ? regions.slice(0, begin, end) : at::Tensor(), categories, bank);
    energy.push_back(seen.energy), opponent.push_back(seen.opponent);
    objects.push_back(seen.objects), statistics.push_back(seen.statistics);
  }
  return {at::cat(energy), at::cat(opponent), at::cat(objects), at::cat(statistics)};
}

Stimulus join(const Stimulus& first, const Stimulus& second) {
  return {at::cat({first.energy, second.energy}), at::cat({first.opponent, second.opponent}),
          at::cat({first.objects, second.objects}), at::cat({first.statistics, second.statistics})};
}

}  // namespace bgraph::toy

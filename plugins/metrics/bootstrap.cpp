#include "bootstrap.h"

#include <cmath>

namespace bgraph::metrics {

namespace {

/// How often each of n items stands in each resample: [resamples, n] float64.
at::Tensor counts(int64_t resamples, int64_t n, Rng& rng) {
  if (n == 1) return at::ones({resamples, 1}, at::kDouble);
  const at::Tensor drawn = rng.integers(n, {resamples, n});
  return at::zeros({resamples, n}, at::kDouble).scatter_add_(1, drawn, at::ones({resamples, n}, at::kDouble));
}

}  // namespace

at::Tensor bootstrap_means(const at::Tensor& values, int64_t resamples, Rng rng) {
  const int64_t quantities = values.size(0), subjects = values.size(1), images = values.size(2);
  const at::Tensor image_counts = counts(resamples, images, rng);      // [B, N]
  const at::Tensor subject_counts = counts(resamples, subjects, rng);  // [B, S]
  const at::Tensor there = values.isnan().logical_not().to(at::kDouble);
  const auto weighted = [&](const at::Tensor& cells) {  // [K, S, N] -> [K, B]
    const at::Tensor over_images = cells.view({quantities * subjects, images}).matmul(image_counts.t());
    return (over_images.view({quantities, subjects, resamples}) * subject_counts.t().unsqueeze(0)).sum(1);
  };
  return weighted(values.nan_to_num(0.0)) / weighted(there);
}

Interval central(const at::Tensor& draws, double level) {
  const at::Tensor sorted = std::get<0>(draws.masked_select(draws.isnan().logical_not()).sort());
  const int64_t n = sorted.size(0);
  if (n == 0) return {std::nan(""), std::nan("")};
  const auto at_share = [&](double share) {
    const double position = share * static_cast<double>(n - 1);
    const auto below = static_cast<int64_t>(position);
    const double low = sorted[below].item<double>(), high = sorted[std::min(below + 1, n - 1)].item<double>();
    return low + (position - static_cast<double>(below)) * (high - low);
  };
  return {at_share((1 - level) / 2), at_share((1 + level) / 2)};
}

}  // namespace bgraph::metrics

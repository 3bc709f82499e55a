#include <bgraph/sdk/data/voxel_scores.h>

#include <bgraph/sdk/data/correlation.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/sort.h>

#include <algorithm>
#include <limits>

namespace bgraph {

at::Tensor voxel_correlation(const at::Tensor& predicted, const at::Tensor& measured) {
  return paired_correlation(predicted.t(), measured.t());
}

at::Tensor ceiling_normalised(const at::Tensor& correlation, const at::Tensor& ncsnr, double noise) {
  const auto signal = ncsnr.to(at::kDouble).square();
  const auto normalised = correlation.clamp_min(0.0).square() * (signal + noise) / signal;
  return normalised.masked_fill(signal.gt(0.0).logical_not(), std::numeric_limits<double>::quiet_NaN());
}

double percentile(const at::Tensor& values, double percent) {
  const auto known = values.masked_select(values.isnan().logical_not()).to(at::kDouble);
  if (known.numel() == 0) return std::numeric_limits<double>::quiet_NaN();
  const auto sorted = std::get<0>(known.sort());
  const double place = percent / 100.0 * static_cast<double>(sorted.numel() - 1);
  const auto below = static_cast<int64_t>(place);
  const int64_t above = std::min(below + 1, sorted.numel() - 1);
  const double low = sorted[below].item<double>(), high = sorted[above].item<double>();
  return low + (place - static_cast<double>(below)) * (high - low);
}

}  // namespace bgraph

#include "scores.h"

#include <bgraph/sdk/data/correlation.h>
#include <torch/types.h>

#include <limits>

namespace bgraph::encoding {

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

Table score_table(const std::string& split) {
  Table table;
  table.title = "encoder";
  table.split = split;
  table.column("voxels").column("median_r", "", "higher").column("r_25").column("r_75", "", "higher");
  table.column("median_r2_of_ceiling", "", "higher").column("mse", "", "lower");
  table.notes = {"r: Pearson of one voxel over images, repeats averaged; a constant prediction counts as 0.",
                 "r2_of_ceiling: r^2 / noise ceiling, over voxels with a known ncsnr above 0."};
  return table;
}

void add_scores(Table& table, const std::string& subject, const at::Tensor& predicted, const at::Tensor& measured,
                const at::Tensor& ncsnr, double noise) {
  const auto r = voxel_correlation(predicted, measured);
  auto& cells = table.row(subject).cells;
  cells["voxels"] = static_cast<double>(r.numel());
  cells["r_25"] = percentile(r, 25);
  cells["median_r"] = percentile(r, 50);
  cells["r_75"] = percentile(r, 75);
  cells["median_r2_of_ceiling"] = percentile(ceiling_normalised(r, ncsnr, noise), 50);
  cells["mse"] = (predicted - measured).square().mean().item<double>();
}

}  // namespace bgraph::encoding

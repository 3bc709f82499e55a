#include "scores.h"

#include <torch/types.h>

namespace bgraph::encoding {

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

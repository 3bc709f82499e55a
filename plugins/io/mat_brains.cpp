#include "mat_brains.h"

#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <set>

namespace bgraph::io {

Betas betas_of(const SmallSet& set, const HeldOut& held, const at::Tensor& rows, const std::string& split) {
  const at::Tensor betas_z = standardised(set.responses, held.train).index_select(0, rows);  // [M, V]
  const at::Tensor unknown = at::full({rows.size(0)}, -1, at::kLong);
  return {.subjects = {{set.subject, 0, betas_z, set.image_id.index_select(0, rows), unknown, unknown}},
          .id_space = set.space,
          .split = split};
}

Images images_of(const SmallSet& set, const at::Tensor& rows, const std::string& split) {
  std::set<int64_t> seen;
  std::vector<int64_t> first;
  for (int64_t i = 0; i < rows.size(0); ++i) {
    const auto row = rows[i].item<int64_t>();
    if (seen.insert(set.image_id[row].item<int64_t>()).second) first.push_back(row);
  }
  const at::Tensor index = at::tensor(first);
  const at::Tensor grey = set.pixels.index_select(0, index).unsqueeze(1).expand({-1, 3, -1, -1});
  return {grey.contiguous(), set.image_id.index_select(0, index), set.category.index_select(0, index), set.space, split};
}

Voxels unplaced_voxels(const SmallSet& set) {
  const int64_t count = set.responses.size(1);
  const at::Tensor none = at::full({count}, -1, at::kLong);
  return {.subject = at::zeros({count}, at::kLong),
          .position = at::full({count, 3}, std::nan("")),
          .hemisphere = none,
          .roi = none,
          .parcel = none,
          .ncsnr = at::full({count}, std::nan("")),
          .subjects = {set.subject}};
}

void report_oddities(const SmallSet& set, const std::string& file, Context& ctx) {
  const auto bad = set.responses.isnan().any(0).sum().item<int64_t>();
  if (bad > 0)
    ctx.warn(file + ": " + std::to_string(bad) + " of " + std::to_string(set.responses.size(1)) +
             " voxels have NaN responses; nodes that use them leave those voxels out");
  for (const auto& pair : equal_rows(set.responses))
    ctx.warn(file + ": trials " + pair + " have identical responses; a copied trial on both sides of a split is a leak");
}

}  // namespace bgraph::io

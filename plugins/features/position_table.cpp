#include "position_table.h"

#include <torch/types.h>

#include <cmath>

namespace bgraph::features {

namespace {

constexpr double kOffset = 0.1;  // keeps floor(side * factor) from rounding one position away

double factor(int64_t size, int64_t side) { return (static_cast<double>(size) + kOffset) / static_cast<double>(side); }

}  // namespace

at::Tensor positions_on_grid(const at::Tensor& table, int64_t height, int64_t width, Resampling how) {
  const auto side = static_cast<int64_t>(std::lround(std::sqrt(static_cast<double>(table.size(1) - 1))));
  if (height == side && width == side) return table;
  const auto learned = table.slice(1, 1).to(at::kFloat).transpose(1, 2).unflatten(2, {side, side});  // [1, D, side, side]
  const auto grid = how == Resampling::antialias
                        ? at::_upsample_bicubic2d_aa(learned, {height, width}, /*align_corners=*/false)
                        : at::upsample_bicubic2d(learned, {height, width}, /*align_corners=*/false,
                                                 factor(height, side), factor(width, side));
  return at::cat({table.slice(1, 0, 1), grid.flatten(2).transpose(1, 2).to(table.scalar_type())}, 1);
}

}  // namespace bgraph::features

#include "paired.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/values/tensor.h>

#include <fmt/format.h>

#include <cmath>

namespace bgraph::metrics {

PairedDifference paired_difference(const at::Tensor& a, const at::Tensor& b, int64_t resamples, Rng rng) {
  if (a.size(1) != b.size(1) || (a.size(0) != b.size(0) && a.size(0) != 1 && b.size(0) != 1))
    throw ShapeError("values of " + shape_text(a) + " and " + shape_text(b) + " (subjects, images) cannot be paired");
  const at::Tensor difference = a - b;  // [S, N], NaN where either is missing
  const at::Tensor there = difference.isnan().logical_not();
  const auto cells = there.sum().item<int64_t>();
  if (cells == 0) throw Error("the two methods share no image and subject");
  const auto mean = [&](const at::Tensor& values) {
    return values.expand_as(difference).masked_select(there).mean().item<double>();
  };
  const at::Tensor draws = bootstrap_means(difference.unsqueeze(0), resamples, std::move(rng))[0];
  const at::Tensor drawn = draws.masked_select(draws.isnan().logical_not());
  const double below = (drawn <= 0).sum().item<double>(), above = (drawn >= 0).sum().item<double>();
  return {.first = mean(a),
          .second = mean(b),
          .difference = mean(difference),
          .interval = central(draws, 0.95),
          .narrow = central(draws, 0.90),
          .p = std::min(1.0, 2 * (std::min(below, above) + 1) / static_cast<double>(drawn.size(0) + 1)),
          .detectable = (1.960 + 0.842) * drawn.std().item<double>(),
          .cells = cells};
}

std::string decision(const PairedDifference& found, double p_corrected, const std::string& better, double margin) {
  if (margin > 0 && found.narrow.low > -margin && found.narrow.high < margin)
    return fmt::format("equivalent within {:.3g}", margin);
  if (p_corrected < 0.05) {
    const bool first = (found.difference > 0) == (better != "lower");
    return first ? "first is better" : "second is better";
  }
  return fmt::format("not resolved: detectable difference {:.2g}", found.detectable);
}

}  // namespace bgraph::metrics

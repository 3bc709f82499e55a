#include "noise_schedule.h"

#include <bgraph/sdk/contract/error.h>

#include <algorithm>
#include <cmath>

namespace bgraph::diffusion {

namespace {

std::vector<double> make_noise_levels() {
  const double first = std::sqrt(.00085), last = std::sqrt(.012);
  std::vector<double> levels;
  double kept = 1;  // abar: the share of signal variance still there
  for (int64_t t = 0; t < kNoiseLevels; ++t) {
    const double root = first + (last - first) * static_cast<double>(t) / (kNoiseLevels - 1);
    kept *= 1 - root * root;
    levels.push_back(std::sqrt((1 - kept) / kept));
  }
  return levels;
}

}  // namespace

const std::vector<double>& noise_levels() {
  static const std::vector<double> levels = make_noise_levels();
  return levels;
}

std::vector<int64_t> step_indices(int64_t steps) {
  if (steps < 1 || steps > kNoiseLevels)
    throw Error("a noise schedule has 1 to 1000 steps, found " + std::to_string(steps));
  constexpr double top = kNoiseLevels - 1;
  const double stride = -top / static_cast<double>(steps);
  std::vector<int64_t> indices;
  for (int64_t i = 0; i < steps; ++i)
    indices.push_back(static_cast<int64_t>(top + static_cast<double>(i) * stride));
  return indices;
}

std::vector<double> step_levels(int64_t steps) {
  std::vector<double> levels;
  for (const int64_t t : step_indices(steps)) levels.push_back(noise_levels()[t]);
  levels.push_back(0);
  return levels;
}

std::vector<double> remaining_levels(int64_t steps, int64_t start) {
  auto levels = step_levels(steps);
  if (start < 0 || start >= steps)
    throw Error("start index " + std::to_string(start) + " is outside the schedule of " + std::to_string(steps) + " steps",
                "choose 0 .. steps - 1");
  levels.erase(levels.begin(), levels.begin() + start);
  return levels;
}

int64_t nearest_level(double sigma) {
  const auto& levels = noise_levels();
  const auto above = std::lower_bound(levels.begin(), levels.end(), sigma);
  if (above == levels.begin()) return 0;
  if (above == levels.end()) return kNoiseLevels - 1;
  const bool below_is_nearer = sigma - *(above - 1) <= *above - sigma;
  return above - levels.begin() - (below_is_nearer ? 1 : 0);
}

}  // namespace bgraph::diffusion

#include <bgraph/core/plan/forecast.h>

#include <fmt/format.h>

#include <algorithm>

namespace bgraph::plan {

namespace {

constexpr double kIdle_mib = 150;   // a worker that has loaded LibTorch and one plugin
constexpr double kSame = 1e-3;      // relative: sizes that differ by less say nothing about growth

struct Point {
  double mib = 0, value = 0;
};

bool same(double a, double b) { return a <= b * (1 + kSame) && b <= a * (1 + kSame); }

/// What the points say of this size. `nothing`: what is taken without inputs, where one size leaves that open.
double at(const std::vector<Point>& points, double mib, double nothing) {
  for (const auto& point : points)
    if (same(point.mib, mib)) return point.value;
  const double count = static_cast<double>(points.size());
  double mean_mib = 0, mean = 0, spread = 0, together = 0;
  for (const auto& point : points) mean_mib += point.mib / count, mean += point.value / count;
  for (const auto& point : points) {
    spread += (point.mib - mean_mib) * (point.mib - mean_mib);
    together += (point.mib - mean_mib) * (point.value - mean);
  }
  const Point& first = points.front();
  if (std::all_of(points.begin(), points.end(), [&](const Point& point) { return same(point.mib, first.mib); })) {
    const double grown = first.mib > 0 ? std::max(1.0, mib / first.mib) : 1;
    return first.value + std::max(0.0, first.value - nothing) * (grown - 1);
  }
  const double slope = std::max(0.0, together / spread);
  const double base = mean - slope * mean_mib;
  if (base >= 0) return base + slope * mib;
  double squares = 0, products = 0;  // a line through nothing
  for (const auto& point : points) squares += point.mib * point.mib, products += point.mib * point.value;
  return products / squares * mib;
}

std::string basis_of(const std::vector<Point>& points, double mib) {
  const auto [least, most] =
      std::minmax_element(points.begin(), points.end(), [](const Point& a, const Point& b) { return a.mib < b.mib; });
  if (std::any_of(points.begin(), points.end(), [&](const Point& point) { return same(point.mib, mib); }))
    return "";
  if (same(least->mib, most->mib)) return fmt::format("a run on {:.3g} MiB of inputs, now {:.3g}", least->mib, mib);
  return fmt::format("a line through {} runs on {:.3g} to {:.3g} MiB of inputs, now {:.3g}", points.size(), least->mib,
                     most->mib, mib);
}

}  // namespace

Forecast forecast(const std::vector<const store::KeyRecord*>& runs, const store::InputSize& inputs) {
  std::vector<Point> times, peaks;
  double least_mib = 0;
  for (const auto* run : runs) {
    const store::InputSize& then = run->input_size;
    if (!inputs.known() || !then.known()) continue;
    times.push_back({then.mib, run->seconds});
    peaks.push_back({then.unit_mib, run->peak_mib});
    if (then.unit_mib <= inputs.unit_mib * (1 + kSame)) least_mib = std::max(least_mib, run->peak_mib);
  }
  if (times.empty()) return {runs.front()->seconds, runs.front()->peak_mib, ""};
  return {at(times, inputs.mib, 0), std::max(at(peaks, inputs.unit_mib, kIdle_mib), least_mib), basis_of(times, inputs.mib)};
}

}  // namespace bgraph::plan

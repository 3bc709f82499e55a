#include <bgraph/core/report/line_plot.h>
#include <bgraph/core/report/markup.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace bgraph::report {

namespace {

constexpr double kWidth = 300, kHeight = 170;                           // SVG units
constexpr double kLeft = 46, kRight = 12, kTop = 26, kBottom = 24;
constexpr double kLogFrom = 50;                                         // ratio of values that asks for a logarithmic axis
constexpr size_t kPoints = 600;                                         // more are not seen at this size

/// From values to places: linear, or logarithmic.
struct Axis {
  double low = 0, high = 1, from = 0, to = 1;
  bool logarithmic = false;

  double scaled(double value) const { return logarithmic ? std::log10(value) : value; }
  double place(double value) const {
    const double span = scaled(high) - scaled(low);
    return span > 0 ? from + (scaled(value) - scaled(low)) / span * (to - from) : (from + to) / 2;
  }
  std::vector<double> ticks() const {
    if (!logarithmic) return round_ticks(low, high, 4);
    std::vector<double> powers;
    for (double power = std::ceil(std::log10(low) - 1e-9); power <= std::log10(high) + 1e-9; ++power)
      powers.push_back(std::pow(10.0, power));
    return powers.size() < 2 ? std::vector<double>{low, high} : powers;
  }
};

std::string path_of(const std::vector<std::pair<double, double>>& points, const Axis& x, const Axis& y) {
  std::string path;
  bool pen_down = false;
  const size_t stride = std::max<size_t>(1, points.size() / kPoints);
  for (size_t i = 0; i < points.size(); i += (i + stride < points.size() ? stride : 1)) {
    const auto& [step, value] = points[i];
    if (!std::isfinite(value)) {
      pen_down = false;
      continue;
    }
    path += fmt::format("{}{:.1f} {:.1f}", pen_down ? "L" : "M", x.place(step), y.place(value));
    pen_down = true;
  }
  return path;
}

}  // namespace

std::vector<double> round_ticks(double low, double high, int count) {
  if (!(high > low)) return {low};
  const double raw = (high - low) / count, power = std::pow(10.0, std::floor(std::log10(raw)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 5.0})
    if (raw <= factor * power) {
      step = factor * power;
      break;
    }
  std::vector<double> ticks;
  for (double tick = std::ceil(low / step - 1e-9) * step; tick <= high + 1e-9 * step; tick += step)
    ticks.push_back(std::abs(tick) < 1e-9 * step ? 0.0 : tick);
  return ticks;
}

std::string line_plot(const Series& series) {
  Axis x{.from = kLeft, .to = kWidth - kRight}, y{.from = kHeight - kBottom, .to = kTop};
  double low = INFINITY, high = -INFINITY, last = std::nan("");
  for (const auto& [step, value] : series.points)
    if (std::isfinite(value)) low = std::min(low, value), high = std::max(high, value), last = value;
  if (!std::isfinite(low)) return {};
  x.low = series.points.front().first, x.high = series.points.back().first;
  y.low = low, y.high = high, y.logarithmic = low > 0 && high / low > kLogFrom;
  if (!y.logarithmic && high > low) y.low -= 0.04 * (high - low), y.high += 0.04 * (high - low);

  const std::string first = number_text(series.points.front().second);
  std::string svg = fmt::format(
      "<svg class=\"plot\" viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{} from {} to {}, lowest {}\">"
      "<text class=\"plot-title\" x=\"{:.0f}\" y=\"14\">{}</text><text class=\"plot-last\" x=\"{:.0f}\" y=\"14\">{}</text>",
      kWidth, kHeight, escaped(spaced(series.name)), first, number_text(last), number_text(low), kLeft,
      escaped(spaced(series.name)), kWidth - kRight, number_text(last));
  for (const double tick : y.ticks())
    svg += fmt::format("<line class=\"grid\" x1=\"{0:.0f}\" x2=\"{1:.0f}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>"
                       "<text class=\"tick-y\" x=\"{3:.0f}\" y=\"{4:.1f}\">{5}</text>",
                       kLeft, kWidth - kRight, y.place(tick), kLeft - 5, y.place(tick) + 3.5, tick_text(tick));
  for (const double tick : round_ticks(x.low, x.high, 4))
    svg += fmt::format("<text class=\"tick-x\" x=\"{:.1f}\" y=\"{:.0f}\">{}</text>", x.place(tick), kHeight - 8, tick_text(tick));
  const auto finite = std::count_if(series.points.begin(), series.points.end(), [](const auto& p) { return std::isfinite(p.second); });
  if (finite == 1) svg += fmt::format("<circle class=\"dot\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\"/>", (kLeft + kWidth - kRight) / 2, y.place(last));
  return svg + fmt::format("<path class=\"line\" d=\"{}\"/></svg>", path_of(series.points, x, y));
}

}  // namespace bgraph::report

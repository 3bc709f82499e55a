// Curves as SVG: one small plot per series, so that each keeps its own scale.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace bgraph::report {

struct Series {
  std::string name;
  std::vector<std::pair<double, double>> points;  // (step, value), steps ascending; NaN values break the line
};

/// One plot with its axes, the last value beside the line's end. The y axis is logarithmic when all values are
/// positive and span more than a factor of 50. A text alternative says first, last and lowest value.
std::string line_plot(const Series& series);

/// Round numbers inside [low, high], about `count` of them.
std::vector<double> round_ticks(double low, double high, int count);

}  // namespace bgraph::report

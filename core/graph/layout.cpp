#include <bgraph/core/graph/layout.h>

#include <bgraph/core/graph/layers.h>

#include <algorithm>
#include <limits>

namespace bgraph::graph {

namespace {

constexpr double kMargin = 24;        // around everything
constexpr double kBetweenBoxes = 28;  // side by side
constexpr double kBetweenLines = 16;  // a passing line and its neighbour
constexpr double kBetweenRows = 58;
constexpr int kSweeps = 200;
constexpr double kStraight =
    6;  // how much more a passing line wants to be straight than a box wants its place

/// Weighted least squares under an order: values y, weights w, result x with x[i] <= x[i + 1].
/// Pool adjacent violators (Ayer et al. 1955).
std::vector<double> isotonic(const std::vector<double>& y, const std::vector<double>& w) {
  struct Block {
    double sum, weight;
    size_t count;
    double mean() const { return sum / weight; }
  };
  std::vector<Block> blocks;
  for (size_t i = 0; i < y.size(); ++i) {
    blocks.push_back({y[i] * w[i], w[i], 1});
    while (blocks.size() > 1 && blocks[blocks.size() - 2].mean() > blocks.back().mean()) {
      const Block last = blocks.back();
      blocks.pop_back();
      blocks.back().sum += last.sum;
      blocks.back().weight += last.weight;
      blocks.back().count += last.count;
    }
  }
  std::vector<double> x;
  for (const auto& block : blocks) x.insert(x.end(), block.count, block.mean());
  return x;
}

class Placer {
 public:
  Placer(const Layers& layers, const std::vector<double>& widths)
      : layers_(layers), widths_(widths) {
    centre_.resize(layers.row_of.size());
    for (const auto& row : layers_.rows) {
      double x = 0;
      for (size_t i = 0; i < row.size(); ++i) {
        if (i > 0) x += distance(row[i - 1], row[i]);
        centre_[row[i]] = x;
      }
    }
  }

  std::vector<double> place() {
    for (int sweep = 0; sweep < kSweeps; ++sweep) {
      const size_t rows = layers_.rows.size();
      for (size_t i = 0; i < rows; ++i) settle(layers_.rows[sweep % 2 == 0 ? i : rows - 1 - i]);
    }
    return centre_;
  }

 private:
  bool is_line(size_t member) const { return member >= widths_.size(); }

  double distance(size_t left, size_t right) const {
    const double half =
        (is_line(left) ? 0 : widths_[left] / 2) + (is_line(right) ? 0 : widths_[right] / 2);
    return half + (is_line(left) || is_line(right) ? kBetweenLines : kBetweenBoxes);
  }

  /// Each member as near to the mean of its neighbours, above and below, as its row allows.
  void settle(const std::vector<size_t>& row) {
    std::vector<double> wanted, weight, offset;
    for (size_t i = 0; i < row.size(); ++i) {
      offset.push_back(i == 0 ? 0 : offset.back() + distance(row[i - 1], row[i]));
      double sum = 0, total = 0;
      for (const auto* neighbours : {&layers_.above[row[i]], &layers_.below[row[i]]})
        for (const size_t other : *neighbours) {
          const double pull = is_line(row[i]) && is_line(other) ? kStraight : 1;
          sum += pull * centre_[other], total += pull;
        }
      wanted.push_back((total > 0 ? sum / total : centre_[row[i]]) - offset.back());
      weight.push_back(std::max(total, 0.1));
    }
    const auto placed = isotonic(wanted, weight);
    for (size_t i = 0; i < row.size(); ++i) centre_[row[i]] = placed[i] + offset[i];
  }

  const Layers& layers_;
  const std::vector<double>& widths_;
  std::vector<double> centre_;
};

/// Where lines meet the edge of a box: spread over its middle, in the order of where they come from.
double port(double centre, double width, size_t place, size_t count) {
  const double spread = std::min(width * 0.6, 14.0 * static_cast<double>(count - 1));
  const double step = count > 1 ? spread / static_cast<double>(count - 1) : 0;
  return centre - spread / 2 + step * static_cast<double>(place);
}

}  // namespace

Layout lay_out(const std::vector<double>& widths, double height, const Arrows& arrows) {
  Layers layers = make_layers(widths.size(), arrows);
  order_rows(layers);
  std::vector<double> centre = Placer(layers, widths).place();
  Layout layout;
  double left = std::numeric_limits<double>::max(), right = std::numeric_limits<double>::lowest();
  for (size_t member = 0; member < centre.size(); ++member) {
    const double half = member < widths.size() ? widths[member] / 2 : 0;
    left = std::min(left, centre[member] - half), right = std::max(right, centre[member] + half);
  }
  for (auto& x : centre) x += kMargin - left;
  const auto top = [&](size_t member) {
    return kMargin + static_cast<double>(layers.row_of[member]) * (height + kBetweenRows);
  };
  for (size_t node = 0; node < widths.size(); ++node)
    layout.boxes.push_back({centre[node] - widths[node] / 2, top(node), widths[node], height});

  const auto meet = [&](size_t node, size_t other, std::vector<size_t> neighbours) {
    if (node >= widths.size()) return centre[node];
    std::sort(neighbours.begin(), neighbours.end(),
              [&](size_t a, size_t b) { return centre[a] < centre[b]; });
    const auto place = std::find(neighbours.begin(), neighbours.end(), other) - neighbours.begin();
    return port(centre[node], widths[node], static_cast<size_t>(place), neighbours.size());
  };
  for (const auto& way : layers.ways) {
    auto& route = layout.routes.emplace_back();
    for (size_t i = 0; i + 1 < way.size(); ++i) {
      route.push_back({meet(way[i], way[i + 1], layers.below[way[i]]), top(way[i]) + height});
      route.push_back({meet(way[i + 1], way[i], layers.above[way[i + 1]]), top(way[i + 1])});
    }
  }
  const auto rows = static_cast<double>(layers.rows.size());
  layout.width = widths.empty() ? 2 * kMargin : right - left + 2 * kMargin;
  layout.height = 2 * kMargin + rows * height + std::max(rows - 1, 0.0) * kBetweenRows;
  return layout;
}

}  // namespace bgraph::graph

#include "holm.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace bgraph::metrics {

std::vector<double> holm(const std::vector<double>& p_values) {
  std::vector<size_t> order;
  for (size_t i = 0; i < p_values.size(); ++i)
    if (!std::isnan(p_values[i])) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return p_values[a] < p_values[b]; });
  std::vector<double> adjusted = p_values;
  double largest = 0;
  for (size_t k = 0; k < order.size(); ++k) {
    const double stepped = static_cast<double>(order.size() - k) * p_values[order[k]];
    largest = std::max(largest, std::min(1.0, stepped));
    adjusted[order[k]] = largest;
  }
  return adjusted;
}

}  // namespace bgraph::metrics

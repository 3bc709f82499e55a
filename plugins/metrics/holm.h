// Holm's correction of the p-values of a family of contrasts.
//
//   sorted p_(1) <= ... <= p_(m):   adjusted_(k) = max over j <= k of min(1, (m - j + 1) p_(j))
//
// Holds the family-wise error whatever the dependence. A NaN is not a test: it stays NaN and is not counted.
// Source: Holm 1979.
#pragma once

#include <vector>

namespace bgraph::metrics {

/// Adjusted p-values, in the order given.
std::vector<double> holm(const std::vector<double>& p_values);

}  // namespace bgraph::metrics

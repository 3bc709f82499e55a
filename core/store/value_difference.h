// Where two values differ: down to the first number.
#pragma once

#include <bgraph/core/store/store.h>

#include <string>
#include <vector>

namespace bgraph::store {

/// One line per part in which the values differ (at most ten), "" lines never:
///   "meta split: \"train\" -> \"test\""
///   "tensor weight: shape [3, 4] -> [3, 5]"
///   "tensor weight: 3 of 12 differ, largest difference 1.2e-07, first at [0, 2]: 0.5 -> 0.50000012"
///   "file table.csv: line 4: a,1 -> a,2"
std::vector<std::string> value_differences(const Store& before_store, const Digest& before, const Store& now_store,
                                           const Digest& now);

}  // namespace bgraph::store

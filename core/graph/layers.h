// The inner graph of a layout: every edge spans one layer, dummies stand where a long edge passes.
#pragma once

#include <bgraph/core/graph/order.h>

#include <vector>

namespace bgraph::graph {

struct Layers {
  std::vector<std::vector<size_t>> rows;          // members from left to right
  std::vector<size_t> row_of;                     // per member; nodes first, then dummies
  std::vector<std::vector<size_t>> above, below;  // neighbours per member
  std::vector<std::vector<size_t>> ways;          // per arrow: its members from source to target
};

/// Rows by longest path; then a node that does not read more than it is read moves down to its readers.
Layers make_layers(size_t nodes, const Arrows& arrows);

/// Reorders the rows to have few crossings: barycentre sweeps, then swaps of neighbours; the best is kept.
void order_rows(Layers& layers);

size_t crossings(const Layers& layers);

}  // namespace bgraph::graph

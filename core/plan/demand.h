// Which nodes a run is about.
#pragma once

#include <bgraph/core/graph/graph.h>
#include <bgraph/core/graph/order.h>

#include <string>
#include <vector>

namespace bgraph::plan {

struct Demand {
  std::vector<std::string> only;  // --only: these nodes and what they need; empty = the graph's targets
  bool final_scores = false;      // --final: the nodes that look at test data too
};

/// Per node of the graph, whether it is planned; `arrows` are the graph's.
///   only or targets named   those and everything upstream
///   neither                 every node
/// Without `final_scores`, the graph's final targets, everything that needs them and everything only they
/// need are left out. Error if a final target is asked for by name without it, or a name is unknown.
std::vector<bool> demanded(const graph::Graph& graph, const graph::Arrows& arrows, const Demand& demand);

}  // namespace bgraph::plan

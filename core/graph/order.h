// The graph as a graph: what must come before what.
#pragma once

#include <bgraph/core/graph/graph.h>

#include <cstddef>
#include <utility>
#include <vector>

namespace bgraph::graph {

/// (from, to): `to` reads what `from` makes.
using Arrows = std::vector<std::pair<size_t, size_t>>;

/// The arrows of a checked graph between places in its list of nodes.
Arrows arrows_of(const Graph& graph);

/// One shortest cycle of every knot of nodes that wait for each other, first node not repeated.
std::vector<std::vector<size_t>> cycles(size_t nodes, const Arrows& arrows);

/// An order in which every node stands after all it reads; among equals, the order of the file.
/// Only for graphs without cycles.
std::vector<size_t> execution_order(size_t nodes, const Arrows& arrows);

}  // namespace bgraph::graph

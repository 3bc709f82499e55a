// One graph -> many: a cell per combination of the values on its axes.
//
//   [sweep]
//   "clusters.k" = [8, 16]               two cells: "clusters.k=8", "clusters.k=16"
//   graphs = ["low.toml", "both.toml"]   an axis of files, crossed with the others
//
// Cells go into one plan, where whatever they share is one step.
#pragma once

#include <bgraph/core/graph/graph.h>
#include <bgraph/core/plan/plan.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace bgraph::sweep {

/// Reads and checks the graph of an axis of files.
using Load = std::function<graph::Graph(const std::filesystem::path& file)>;

/// The cells of a graph in the order of its axes, the last axis fastest. Without axes: the graph itself,
/// named `name`. Error if a graph of an axis lacks the node of another.
std::vector<plan::NamedGraph> expand(const graph::Graph& graph, const std::string& name, const Load& load);

/// Gives cells of one name their folders too ("nsd.full"), so that every name is there once, and makes the
/// name of a single cell empty.
void make_unique(std::vector<plan::NamedGraph>& cells);

}  // namespace bgraph::sweep

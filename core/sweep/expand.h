// One graph -> many: a cell per combination of the values on its axes.
//
//   [sweep]
//   "clusters.k" = [8, 16]               two settings: "clusters.k=8", "clusters.k=16"
//   graphs = ["low.toml", "both.toml"]   an axis of files, crossed with the others; their own axes come along
//   seeds  = [0, 1, 2]                   three cells of each setting: "low,clusters.k=8,seed=0", ...
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
/// named `name`. An axis takes the place of one of the same name in the graphs it is crossed with.
/// Error if a graph of an axis lacks the node of another.
std::vector<plan::NamedGraph> expand(graph::Graph graph, const std::string& name, const Load& load);

/// One more axis: every cell once per seed.
std::vector<plan::NamedGraph> repeat(const std::vector<plan::NamedGraph>& cells, const std::vector<int64_t>& seeds);

/// Makes a list of cells ready for a plan.
///   names   cells of one name take their folders along ("nsd.full"); that of a single cell becomes empty
///   order   the most useful first: one seed of every setting before the next seed, the baseline before others
/// `baseline` names a setting; "" = what the first graph's [sweep] names, else the first setting.
/// Error if two cells are the same, or the baseline is none of them.
void arrange(std::vector<plan::NamedGraph>& cells, const std::string& baseline = {});

}  // namespace bgraph::sweep

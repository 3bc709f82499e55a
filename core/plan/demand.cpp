#include <bgraph/core/plan/demand.h>

#include <algorithm>

namespace bgraph::plan {

namespace {

using Neighbours = std::vector<std::vector<size_t>>;  // per node

/// The nodes that are marked, and all that neighbours of neighbours lead to.
std::vector<bool> reachable(const Neighbours& neighbours, const std::vector<bool>& from) {
  std::vector<bool> found(from.size(), false);
  std::vector<size_t> open;
  for (size_t node = 0; node < from.size(); ++node)
    if (from[node]) open.push_back(node);
  while (!open.empty()) {
    const size_t node = open.back();
    open.pop_back();
    if (found[node]) continue;
    found[node] = true;
    open.insert(open.end(), neighbours[node].begin(), neighbours[node].end());
  }
  return found;
}

std::vector<bool> named(const graph::Graph& graph, const std::vector<std::string>& names) {
  std::vector<bool> marks(graph.nodes.size(), false);
  if (names.empty()) return marks;
  for (size_t node = 0; node < marks.size(); ++node)
    marks[node] = std::find(names.begin(), names.end(), graph.nodes[node].name) != names.end();
  return marks;
}

/// The final targets, what needs them, and what nobody else needs.
std::vector<bool> final_only(const graph::Graph& graph, const Neighbours& needs, const Neighbours& readers) {
  std::vector<bool> left_out = reachable(readers, named(graph, graph.settings.final_targets));
  std::vector<size_t> kept(needs.size());  // readers of a node that stay
  for (size_t node = 0; node < kept.size(); ++node)
    kept[node] = static_cast<size_t>(
        std::count_if(readers[node].begin(), readers[node].end(), [&](size_t reader) { return !left_out[reader]; }));
  std::vector<size_t> open;
  for (size_t node = 0; node < kept.size(); ++node)
    if (!left_out[node] && !readers[node].empty() && kept[node] == 0) open.push_back(node);
  while (!open.empty()) {
    const size_t node = open.back();
    open.pop_back();
    left_out[node] = true;
    for (const size_t need : needs[node])
      if (--kept[need] == 0 && !left_out[need]) open.push_back(need);
  }
  return left_out;
}

std::vector<std::string> names_of(const graph::Graph& graph) {
  std::vector<std::string> names;
  for (const auto& node : graph.nodes) names.push_back(node.name);
  return names;
}

}  // namespace

std::vector<bool> demanded(const graph::Graph& graph, const graph::Arrows& arrows, const Demand& demand) {
  const size_t count = graph.nodes.size();
  Neighbours needs(count), readers(count);
  for (const auto& [from, to] : arrows) {
    needs[to].push_back(from);
    readers[from].push_back(to);
  }
  std::vector<bool> left_out(count, false);
  if (!demand.final_scores && !graph.settings.final_targets.empty()) left_out = final_only(graph, needs, readers);

  for (const auto& name : demand.only) {
    const graph::Node* node = graph.find(name);
    if (node == nullptr)
      throw Error("--only " + name + ": " + graph.file + " has no such node", did_you_mean(name, names_of(graph)));
    if (left_out[static_cast<size_t>(node - graph.nodes.data())])
      throw Error("node '" + name + "' looks at test data", "add --final to look at test scores");
  }
  const auto& asked = demand.only.empty() ? graph.settings.targets : demand.only;
  std::vector<bool> roots = asked.empty() ? std::vector<bool>(count, true) : named(graph, asked);
  for (size_t node = 0; node < count; ++node) roots[node] = roots[node] && !left_out[node];
  return reachable(needs, roots);
}

}  // namespace bgraph::plan

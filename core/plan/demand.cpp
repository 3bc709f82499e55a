#include <bgraph/core/plan/demand.h>

#include <map>

namespace bgraph::plan {

namespace {

using Names = std::set<std::string>;
using Edges = std::map<std::string, Names>;

Edges needs_of(const graph::Graph& graph) {
  Edges needs;
  for (const auto& node : graph.nodes) {
    auto& mine = needs[node.name];
    for (const auto& [port, refs] : node.inputs)
      for (const auto& ref : refs) mine.insert(ref.node);
  }
  return needs;
}

Edges reversed(const Edges& edges) {
  Edges back;
  for (const auto& [from, all] : edges) {
    back[from];
    for (const auto& to : all) back[to].insert(from);
  }
  return back;
}

Names reachable(const Edges& edges, const std::vector<std::string>& from) {
  Names found;
  std::vector<std::string> open = from;
  while (!open.empty()) {
    const std::string name = open.back();
    open.pop_back();
    if (!found.insert(name).second) continue;
    const auto next = edges.find(name);
    if (next != edges.end()) open.insert(open.end(), next->second.begin(), next->second.end());
  }
  return found;
}

/// The final targets, what needs them, and what nobody else needs.
Names final_only(const graph::Graph& graph, const Edges& needs, const Edges& readers) {
  Names left_out = reachable(readers, graph.settings.final_targets);
  for (bool grew = true; grew;) {
    grew = false;
    for (const auto& [name, mine] : needs) {
      const Names& all = readers.at(name);
      bool any_kept = all.empty();
      for (const auto& reader : all) any_kept = any_kept || left_out.count(reader) == 0;
      if (!any_kept) grew = left_out.insert(name).second || grew;
    }
  }
  return left_out;
}

}  // namespace

std::set<std::string> demanded(const graph::Graph& graph, const Demand& demand) {
  const Edges needs = needs_of(graph), readers = reversed(needs);
  Names left_out;
  if (!demand.final_scores && !graph.settings.final_targets.empty())
    left_out = final_only(graph, needs, readers);

  std::vector<std::string> names;
  for (const auto& node : graph.nodes) names.push_back(node.name);
  for (const auto& name : demand.only) {
    if (graph.find(name) == nullptr)
      throw Error("--only " + name + ": " + graph.file + " has no such node", did_you_mean(name, names));
    if (left_out.count(name) > 0)
      throw Error("node '" + name + "' looks at test data", "add --final to look at test scores");
  }
  std::vector<std::string> roots = demand.only;
  if (roots.empty()) roots = graph.settings.targets;
  if (roots.empty()) roots = names;
  std::erase_if(roots, [&](const std::string& name) { return left_out.count(name) > 0; });
  return reachable(needs, roots);
}

}  // namespace bgraph::plan

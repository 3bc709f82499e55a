#include <bgraph/core/graph/check.h>

#include <bgraph/core/graph/checking.h>
#include <fmt/format.h>

namespace bgraph::graph {

const Node* Graph::find(const std::string& name) const {
  for (const auto& node : nodes)
    if (node.name == name) return &node;
  return nullptr;
}

std::string Checking::label(size_t node) const {
  return fmt::format("node '{}' ({})", graph.nodes[node].name, graph.nodes[node].type);
}

void Checked::require_right() const {
  if (!problems.empty()) throw WrongGraph(graph.file, problems, sources);
}

Checked read(const std::filesystem::path& file, const Choices& choices) {
  Checked checked;
  checked.resolved = resolve(file, choices, checked.sources, checked.problems);
  checked.graph.file = checked.resolved.file;
  return checked;
}

void check(Checked& checked, const registry::Catalogue& catalogue, const Choices& choices) {
  Checking checking{catalogue, choices, checked.resolved, checked.graph, checked.problems, {},
                    {},        {},      {}};
  if (checked.resolved.nodes.empty() && checked.problems.empty())
    checking.report(Span::whole(checked.graph.file), "this graph has no nodes",
                    "[nodes.NAME] type = \"FOLDER.NODE\"");
  checked.graph.nodes.reserve(checked.resolved.nodes.size());
  for (const auto& entry : checked.resolved.nodes) check_node_keys(checking, entry);
  check_settings(checking);
  for (size_t node = 0; node < checked.resolved.nodes.size(); ++node) {
    if (!checking.specs[node]) continue;
    check_params(checking, node, checked.resolved.nodes[node].value);
    check_components(checking, node, checked.resolved.nodes[node].value);
    check_inputs(checking, node, checked.resolved.nodes[node]);
  }
  check_cycles(checking);
  check_dims(checking);
  check_leaks(checking);
  check_sweep(checking);
}

Checked load(const std::filesystem::path& file, const registry::Catalogue& catalogue, const Choices& choices) {
  Checked checked = read(file, choices);
  check(checked, catalogue, choices);
  return checked;
}

}  // namespace bgraph::graph

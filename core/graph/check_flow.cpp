// What only shows along paths: cycles, sizes that clash, and test data that reaches a fitting port.
#include <bgraph/core/graph/checking.h>
#include <bgraph/core/graph/order.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

namespace bgraph::graph {

namespace {

Arrows arrows_of(const Checking& checking) {
  Arrows arrows;
  for (const auto& edge : checking.edges) arrows.emplace_back(edge.from, edge.to);
  return arrows;
}

bool is_number(const std::string& dim) {
  return !dim.empty() && std::all_of(dim.begin(), dim.end(),
                                     [](unsigned char letter) { return std::isdigit(letter); });
}

std::string source_name(const Checking& checking, const Edge& edge) {
  return checking.graph.nodes[edge.from].name + "." + edge.output->name;
}

/// A letter of a node that stands for a number, and the edge it came in by.
struct Bound {
  std::string number;
  const Edge* edge = nullptr;
};
using Letters = std::map<std::string, Bound>;

/// Dims of an output with the letters of its node filled in where they are known.
std::vector<std::string> known_dims(const PortSpec& output, const Letters& letters) {
  std::vector<std::string> dims = output.dims;
  for (auto& dim : dims)
    if (const auto bound = letters.find(dim); bound != letters.end()) dim = bound->second.number;
  return dims;
}

void unify(Checking& checking, const Edge& edge, const std::vector<std::string>& found,
           Letters& letters) {
  const auto& expected = edge.input->dims;
  const auto tell = [&](const std::string& reason, std::vector<std::string> notes = {}) {
    checking.report(
        edge.span,
        fmt::format("'{}' is [{}], input '{}' of {} expects [{}]{}", source_name(checking, edge),
                    fmt::join(found, ", "), edge.input->name, checking.label(edge.to),
                    fmt::join(expected, ", "), reason),
        {}, std::move(notes));
  };
  if (expected.empty() || found.empty()) return;
  if (expected.size() != found.size()) return tell("");
  for (size_t i = 0; i < expected.size(); ++i) {
    if (!is_number(found[i])) continue;
    if (is_number(expected[i])) {
      if (expected[i] != found[i]) return tell("");
      continue;
    }
    if (edge.input->list) continue;  // members of a list may differ in size
    const auto [bound, is_new] = letters.try_emplace(expected[i], Bound{found[i], &edge});
    if (!is_new && bound->second.number != found[i])
      return tell(
          fmt::format(" with {} = {}", expected[i], bound->second.number),
          {fmt::format("{} = {} comes from '{}', line {}.", expected[i], bound->second.number,
                       bound->second.edge->input->name, bound->second.edge->span.place.line)});
  }
}

constexpr std::string_view kSameAs = "=";

/// The path by which test or truth data comes out of an output, from its origin; empty if none does. An output carries
/// what comes in by any input, unless it declares which one it follows: a score of test trials is test data too, and
/// calling it "train" does not change that.
std::vector<std::string> tainted(const Checking& checking, size_t node, const PortSpec& output,
                                 std::string& split,
                                 std::set<std::pair<size_t, std::string>>& seen) {
  const std::string name = checking.graph.nodes[node].name + "." + output.name;
  if (output.split == "test" || output.split == "truth") {
    split = output.split;
    return {name};
  }
  const bool follows = output.split.starts_with(kSameAs);
  if (!seen.insert({node, output.name}).second) return {};
  for (const auto& edge : checking.edges) {
    if (edge.to != node || (follows && edge.input->name != output.split.substr(kSameAs.size()))) continue;
    auto path = tainted(checking, edge.from, *edge.output, split, seen);
    if (path.empty()) continue;
    path.push_back(name);
    return path;
  }
  return {};
}

}  // namespace

void check_cycles(Checking& checking) {
  for (const auto& cycle : cycles(checking.graph.nodes.size(), arrows_of(checking))) {
    std::vector<std::string> names;
    for (const size_t node : cycle) names.push_back(checking.graph.nodes[node].name);
    names.push_back(names.front());
    const auto closing = std::find_if(
        checking.edges.begin(), checking.edges.end(),
        [&](const Edge& edge) { return edge.from == cycle.back() && edge.to == cycle.front(); });
    checking.report(closing->span,
                    fmt::format("these nodes wait for each other: {}", fmt::join(names, " -> ")));
  }
}

void check_dims(Checking& checking) {
  std::vector<Letters> letters(checking.graph.nodes.size());
  // Nodes of a cycle are missing from the order; they have been told.
  std::vector<std::vector<const Edge*>> into(checking.graph.nodes.size());
  for (const auto& edge : checking.edges)
    if (edge.agrees) into[edge.to].push_back(&edge);
  for (const size_t node : execution_order(checking.graph.nodes.size(), arrows_of(checking)))
    for (const Edge* edge : into[node])
      unify(checking, *edge, known_dims(*edge->output, letters[edge->from]), letters[node]);
}

void check_leaks(Checking& checking) {
  for (const auto& edge : checking.edges) {
    if (!edge.input->fits || edge.input->transductive) continue;
    std::string split;
    std::set<std::pair<size_t, std::string>> seen;
    const auto path = tainted(checking, edge.from, *edge.output, split, seen);
    if (path.empty()) continue;
    std::vector<std::string> notes;
    if (path.size() > 1)
      notes.push_back(fmt::format("the way it takes: {}", fmt::join(path, " -> ")));
    checking.report(edge.span,
                    fmt::format("'{}' carries {} data, input '{}' of {} fits to it", path.back(),
                                split, edge.input->name, checking.label(edge.to)),
                    "fit on training data; test data is for scoring only", std::move(notes));
  }
}

}  // namespace bgraph::graph

// [sweep]: named axes over parameters, groups of axes that go together, or a list of graphs.
//
//   "clusters.k" = [8, 16, 32]
//   "bit.lr"     = [1e-3, 3e-4, 1e-4]
//   zip          = [["clusters.k", "bit.lr"]]     three cells instead of nine
//   graphs       = ["a.toml", "b.toml"]           relative to this file; an axis called "graphs"
#include <bgraph/core/graph/checking.h>
#include <bgraph/core/graph/paths.h>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace bgraph::graph {

namespace {

/// One named axis as written; nested tables spell the same names: clusters.k = [8] is "clusters.k".
struct Written {
  std::string name;
  Span span;
  const Value* cells = nullptr;
};

void collect(const Value& table, const std::string& prefix, std::vector<Written>& axes) {
  for (const auto& entry : table.entries) {
    const std::string name = prefix + entry.key;
    if (name == "zip" || name == "graphs") continue;
    if (entry.value.is_table())
      collect(entry.value, name + ".", axes);
    else
      axes.push_back({name, entry.span, &entry.value});
  }
}

/// The cells of "node.param", each checked like a value in the node's table.
std::vector<Json> param_cells(Checking& checking, const Written& axis) {
  const size_t dot = axis.name.rfind('.');
  const std::string name = axis.name.substr(0, dot);
  const auto node = checking.index.find(name);
  if (dot == std::string::npos || node == checking.index.end()) {
    std::vector<std::string> names;
    for (const auto& [known, position] : checking.index) names.push_back(known);
    checking.report(axis.span, fmt::format("[sweep]: '{}' names no node of this graph", axis.name),
                    dot == std::string::npos ? "axes are called \"NODE.PARAMETER\""
                                             : did_you_mean(name, names));
    return {};
  }
  const NodeSpec* spec = checking.specs[node->second];
  if (!spec) return {};
  const std::string key = axis.name.substr(dot + 1);
  const auto param = std::find_if(spec->params.begin(), spec->params.end(),
                                  [&](const ParamSpec& known) { return known.name == key; });
  if (param == spec->params.end()) {
    checking.report(
        axis.span,
        fmt::format("[sweep]: {} has no parameter '{}'", checking.label(node->second), key),
        did_you_mean(key, names_of(spec->params)));
    return {};
  }
  std::vector<Json> cells;
  for (const auto& cell : axis.cells->items)
    cells.push_back(
        checked_param(checking, "[sweep]: " + checking.label(node->second), *param, cell));
  return cells;
}

void add_graphs(Checking& checking, const Entry& graphs) {
  Axis axis{{"graphs"}, {}, graphs.span.place};
  for (const auto& item : graphs.value.items) {
    const auto file =
        item.is_text() ? beside(item.span.place, item.text()) : std::filesystem::path();
    std::error_code unknown;
    if (!std::filesystem::is_regular_file(file, unknown))
      checking.report(item.span, fmt::format("[sweep]: there is no graph {}", item.json().dump()),
                      item.is_text() ? did_you_mean_file(file) : "");
    else
      axis.cells.push_back({file.string()});
  }
  if (graphs.value.items.empty())
    checking.report(graphs.value.span, "[sweep]: 'graphs' is a list of at least one path");
  checking.graph.sweep.push_back(std::move(axis));
}

/// Joins the axes of one zipped group into the first of them.
void zip(Checking& checking, const Value& group) {
  std::vector<size_t> members;
  for (const auto& item : group.items) {
    const auto axis = std::find_if(
        checking.graph.sweep.begin(), checking.graph.sweep.end(),
        [&](const Axis& known) { return item.is_text() && known.names.front() == item.text(); });
    if (axis == checking.graph.sweep.end()) {
      std::vector<std::string> names;
      for (const auto& known : checking.graph.sweep) names.push_back(known.names.front());
      checking.report(
          item.span,
          fmt::format("[sweep]: zip names {}, which is no axis of this sweep", item.json().dump()),
          item.is_text() ? did_you_mean(item.text(), names) : "");
      return;
    }
    members.push_back(static_cast<size_t>(axis - checking.graph.sweep.begin()));
  }
  if (members.size() < 2) {
    checking.report(group.span, "[sweep]: each group of zip is a list of at least two axes");
    return;
  }
  Axis& first = checking.graph.sweep[members.front()];
  for (size_t i = 1; i < members.size(); ++i) {
    const Axis& other = checking.graph.sweep[members[i]];
    if (other.cells.size() != first.cells.size()) {
      checking.report(
          group.items[i].span,
          fmt::format("[sweep]: zipped axes go together, but '{}' has {} values and '{}' has {}",
                      first.names.front(), first.cells.size(), other.names.front(),
                      other.cells.size()));
      return;
    }
    first.names.push_back(other.names.front());
    for (size_t cell = 0; cell < first.cells.size(); ++cell)
      first.cells[cell].push_back(other.cells[cell].front());
  }
  std::sort(members.begin() + 1, members.end(), std::greater<>());
  for (size_t i = 0; i + 1 < members.size(); ++i)
    checking.graph.sweep.erase(checking.graph.sweep.begin() +
                               static_cast<std::ptrdiff_t>(members[i + 1]));
}

}  // namespace

void check_sweep(Checking& checking) {
  const Value& sweep = checking.resolved.sweep;
  std::vector<Written> axes;
  collect(sweep, "", axes);
  for (const auto& axis : axes) {
    if (axis.cells->kind != Value::Kind::list || axis.cells->items.empty()) {
      checking.report(axis.cells->span, fmt::format("[sweep]: '{}' is a list of values, found {}",
                                                    axis.name, axis.cells->json().dump()));
      continue;
    }
    Axis checked{{axis.name}, {}, axis.span.place};
    for (auto& cell : param_cells(checking, axis)) checked.cells.push_back({std::move(cell)});
    if (!checked.cells.empty()) checking.graph.sweep.push_back(std::move(checked));
  }
  if (const Entry* graphs = sweep.entry("graphs")) add_graphs(checking, *graphs);
  if (const Value* groups = sweep.find("zip")) {
    if (groups->kind != Value::Kind::list)
      checking.report(groups->span, "[sweep]: 'zip' is a list of groups, each a list of axes");
    for (const auto& group : groups->items) zip(checking, group);
  }
}

}  // namespace bgraph::graph

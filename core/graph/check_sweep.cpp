// [sweep]: named axes over parameters, groups of axes that go together, listed cells, graphs, and seeds as repeats.
//
//   "clusters.k" = [8, 16, 32]
//   "bit.lr"     = [1e-3, 3e-4, 1e-4]
//   zip          = [["clusters.k", "bit.lr"]]     three cells instead of nine
//   graphs       = ["a.toml", "b.toml"]           relative to this file; an axis called "graphs"
//   cells        = [{ name = "small", "clusters.k" = 8 }, { name = "large", "bit.lr" = 1e-5 }]
//   seeds        = [0, 1, 2]                      repeats of every cell
//   baseline     = "small"                        what the other cells are compared with
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

bool reserved(const std::string& name) {
  return name == "zip" || name == "cells" || name == "baseline" || name == kGraphsAxis || name == kSeedsAxis;
}

void collect(const Value& table, const std::string& prefix, std::vector<Written>& axes) {
  for (const auto& entry : table.entries) {
    const std::string name = prefix + entry.key;
    if (prefix.empty() && reserved(name)) continue;
    if (entry.value.is_table())
      collect(entry.value, name + ".", axes);
    else
      axes.push_back({name, entry.span, &entry.value});
  }
}

struct Target {
  size_t node = 0;
  const ParamSpec* param = nullptr;  // nullptr once something is wrong
};

/// The parameter that "node.param" names.
Target find_target(Checking& checking, const std::string& axis, const Span& span) {
  const size_t dot = axis.rfind('.');
  const std::string name = axis.substr(0, dot);
  const auto node = checking.index.find(name);
  if (dot == std::string::npos || node == checking.index.end()) {
    std::vector<std::string> names;
    for (const auto& [known, position] : checking.index) names.push_back(known);
    checking.report(span, fmt::format("[sweep]: '{}' names no node of this graph", axis),
                    dot == std::string::npos ? "axes are called \"NODE.PARAMETER\"" : did_you_mean(name, names));
    return {};
  }
  const NodeSpec* spec = checking.specs[node->second];
  if (!spec) return {};
  const std::string key = axis.substr(dot + 1);
  const auto param = std::find_if(spec->params.begin(), spec->params.end(),
                                  [&](const ParamSpec& known) { return known.name == key; });
  if (param != spec->params.end()) return {node->second, &*param};
  checking.report(span, fmt::format("[sweep]: {} has no parameter '{}'", checking.label(node->second), key),
                  did_you_mean(key, names_of(spec->params)));
  return {};
}

/// A value of an axis, checked like one in the node's table.
Json cell_value(Checking& checking, const Target& target, const Value& value) {
  return checked_param(checking, [&] { return "[sweep]: " + checking.label(target.node); }, *target.param, value);
}

/// cells = [{ name = "small", "clusters.k" = 8 }, ...]: one axis whose cells each set what they name.
void add_cells(Checking& checking, const Entry& cells) {
  Axis axis{{}, {}, cells.span.place, {}};
  std::vector<std::map<std::string, Json>> values;
  for (const auto& item : cells.value.items) {
    const Value* name = item.find("name");
    if (!item.is_table() || !name || !name->is_text() || name->text().empty()) {
      checking.report(item.span, "[sweep]: each of 'cells' is a table with a name",
                      "cells = [{ name = \"small\", \"NODE.PARAMETER\" = 8 }]");
      continue;
    }
    if (std::find(axis.labels.begin(), axis.labels.end(), name->text()) != axis.labels.end())
      checking.report(name->span, fmt::format("[sweep]: two cells are called '{}'", name->text()));
    axis.labels.push_back(name->text());
    std::vector<Written> written;
    collect(item, "", written);
    auto& mine = values.emplace_back();
    for (const auto& [target_name, span, value] : written) {
      if (target_name == "name") continue;
      const Target target = find_target(checking, target_name, span);
      if (!target.param) continue;
      mine[target_name] = cell_value(checking, target, *value);
      if (std::find(axis.names.begin(), axis.names.end(), target_name) == axis.names.end())
        axis.names.push_back(target_name);
    }
  }
  if (cells.value.items.empty()) checking.report(cells.value.span, "[sweep]: 'cells' is a list of at least one table");
  for (const auto& mine : values) {
    auto& row = axis.cells.emplace_back();
    for (const auto& name : axis.names) row.push_back(mine.count(name) > 0 ? mine.at(name) : Json());
  }
  if (!axis.cells.empty()) checking.graph.sweep.push_back(std::move(axis));
}

void add_seeds(Checking& checking, const Entry& seeds) {
  static const ParamSpec kSeed{.name = kSeedsAxis, .kind = ParamKind::integers, .minimum = 0};
  const Json values = seeds.value.json();
  std::string problem = param_problem(kSeed, values);
  if (problem.empty() && values.empty()) problem = "expected at least one seed, found none";
  if (!problem.empty()) return checking.report(seeds.value.span, "[sweep]: 'seeds': " + problem);
  Axis axis{{kSeedsAxis}, {}, seeds.span.place, {}};
  for (const auto& seed : values) axis.cells.push_back({seed});
  checking.graph.sweep.push_back(std::move(axis));
}

void add_graphs(Checking& checking, const Entry& graphs) {
  Axis axis{{kGraphsAxis}, {}, graphs.span.place, {}};
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
    if (item.is_text() && item.text() == kSeedsAxis)
      return checking.report(item.span, "[sweep]: 'seeds' cannot be zipped: they repeat every cell",
                             "seeds = [...] beside zip is enough");
    const auto axis = std::find_if(
        checking.graph.sweep.begin(), checking.graph.sweep.end(),
        [&](const Axis& known) {
          return item.is_text() && known.labels.empty() && known.names.front() == item.text();
        });
    if (axis == checking.graph.sweep.end()) {
      std::vector<std::string> names;
      for (const auto& known : checking.graph.sweep)
        if (known.labels.empty()) names.push_back(known.names.front());
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
    Axis checked{{axis.name}, {}, axis.span.place, {}};
    const Target target = find_target(checking, axis.name, axis.span);
    if (!target.param) continue;
    for (const auto& value : axis.cells->items) checked.cells.push_back({cell_value(checking, target, value)});
    if (!checked.cells.empty()) checking.graph.sweep.push_back(std::move(checked));
  }
  if (const Entry* graphs = sweep.entry(kGraphsAxis)) add_graphs(checking, *graphs);
  if (const Entry* cells = sweep.entry("cells")) add_cells(checking, *cells);
  if (const Entry* seeds = sweep.entry(kSeedsAxis)) add_seeds(checking, *seeds);
  if (const Value* baseline = sweep.find("baseline")) {
    if (baseline->is_text())
      checking.graph.baseline = baseline->text();
    else
      checking.report(baseline->span, fmt::format("[sweep]: 'baseline' names a cell, found {}", baseline->json().dump()));
  }
  if (const Value* groups = sweep.find("zip")) {
    if (groups->kind != Value::Kind::list)
      checking.report(groups->span, "[sweep]: 'zip' is a list of groups, each a list of axes");
    for (const auto& group : groups->items) zip(checking, group);
  }
}

}  // namespace bgraph::graph

#include <bgraph/core/sweep/expand.h>

#include <bgraph/sdk/contract/error.h>

#include <algorithm>
#include <map>

namespace bgraph::sweep {

namespace fs = std::filesystem;

using Cells = std::vector<plan::NamedGraph>;

namespace {

/// A value as part of a name that is also a folder: "16", "adam", "0.5".
std::string label(const Json& value) {
  std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  for (char& letter : text)
    if (letter == '/' || letter == ' ' || letter == ',') letter = '_';
  return text;
}

void set_param(graph::Graph& graph, const std::string& axis, const Json& value, const Place& place) {
  const size_t dot = axis.rfind('.');
  const std::string name = axis.substr(0, dot), param = axis.substr(dot + 1);
  const auto node = std::find_if(graph.nodes.begin(), graph.nodes.end(),
                                 [&](const graph::Node& node) { return node.name == name; });
  if (node == graph.nodes.end())
    throw Error("[sweep]: " + graph.file + " has no node '" + name + "' for the axis '" + axis + "'",
                "sweep over nodes that all its graphs have", place);
  node->params[param] = {value, place, "[sweep]"};
}

void join_label(std::string& name, const std::string& part) { name += (name.empty() ? "" : ",") + part; }

bool has(const graph::Axis& axis, const std::string& name) {
  return std::find(axis.names.begin(), axis.names.end(), name) != axis.names.end();
}

/// The cell with the values of one point of an axis; graphs of the axis are in the cell already.
plan::NamedGraph with_values(plan::NamedGraph cell, const graph::Axis& axis, size_t point) {
  for (size_t i = 0; i < axis.names.size(); ++i) {
    const Json& value = axis.cells[point][i];
    if (axis.names[i] == graph::kGraphsAxis || value.is_null()) continue;
    set_param(cell.graph, axis.names[i], value, axis.place);
    if (axis.labels.empty()) join_label(cell.cell, axis.names[i] + "=" + label(value));
  }
  if (!axis.labels.empty()) join_label(cell.cell, label(axis.labels[point]));
  return cell;
}

/// Each cell so far, once per point of one more axis.
Cells cross(const Cells& cells, const graph::Axis& axis) {
  Cells crossed;
  for (const auto& cell : cells)
    for (size_t point = 0; point < axis.cells.size(); ++point) crossed.push_back(with_values(cell, axis, point));
  return crossed;
}

/// The graph without the axes that `outer` sweeps itself.
graph::Graph without_axes(graph::Graph graph, const std::vector<graph::Axis>& outer) {
  std::erase_if(graph.sweep, [&](const graph::Axis& own) {
    return std::any_of(own.names.begin(), own.names.end(), [&](const std::string& name) {
      return name == graph::kGraphsAxis ||
             std::any_of(outer.begin(), outer.end(), [&](const graph::Axis& axis) { return has(axis, name); });
    });
  });
  return graph;
}

std::string stem(const std::string& file) { return fs::path(file).stem().string(); }

/// The cells of the graphs on an axis of files, each with its own axes.
Cells of_graphs(const graph::Graph& graph, const graph::Axis& axis, const Load& load) {
  const auto column = static_cast<size_t>(
      std::find(axis.names.begin(), axis.names.end(), graph::kGraphsAxis) - axis.names.begin());
  Cells cells;
  for (size_t point = 0; point < axis.cells.size(); ++point) {
    const auto file = axis.cells[point][column].get<std::string>();
    for (auto& cell : expand(without_axes(load(file), graph.sweep), "", load)) {
      cell.cell = cell.cell.empty() ? stem(file) : stem(file) + "," + cell.cell;
      cells.push_back(with_values(std::move(cell), axis, point));
    }
  }
  return cells;
}

size_t count(const Cells& cells, const std::string& name) {
  return static_cast<size_t>(
      std::count_if(cells.begin(), cells.end(), [&](const plan::NamedGraph& cell) { return cell.cell == name; }));
}

/// The name of a cell: its setting, and its seed where the setting is there with several.
void name_by_setting(Cells& cells) {
  std::map<std::string, size_t> repeats;
  for (const auto& cell : cells) ++repeats[cell.graph.setting];
  for (auto& cell : cells) {
    cell.cell = cell.graph.setting;
    if (repeats[cell.cell] > 1) join_label(cell.cell, "seed=" + std::to_string(cell.graph.settings.seed));
  }
}

void make_unique(Cells& cells) {
  name_by_setting(cells);
  std::vector<bool> shared;
  for (const auto& cell : cells) shared.push_back(count(cells, cell.cell) > 1);
  for (size_t i = 0; i < cells.size(); ++i)
    if (shared[i])
      cells[i].graph.setting =
          fs::absolute(cells[i].graph.file).parent_path().filename().string() + "." + cells[i].graph.setting;
  name_by_setting(cells);
  for (const auto& cell : cells)
    if (count(cells, cell.cell) > 1)
      throw Error("two cells are called '" + cell.cell + "'", "give every graph and every value once, or rename the files");
}

void mark_baseline(Cells& cells, const std::string& named) {
  std::string baseline = named.empty() ? cells.front().graph.baseline : named;
  if (baseline.empty()) baseline = cells.front().graph.setting;
  std::vector<std::string> settings;
  for (auto& cell : cells) {
    cell.graph.is_baseline = cell.graph.setting == baseline;
    settings.push_back(cell.graph.setting);
  }
  if (std::find(settings.begin(), settings.end(), baseline) == settings.end())
    throw Error("[sweep]: the baseline '" + baseline + "' is none of its cells", did_you_mean(baseline, settings));
}

}  // namespace

Cells expand(graph::Graph graph, const std::string& name, const Load& load) {
  const auto axes = graph.sweep;
  const std::string baseline = graph.baseline;
  const auto with_graphs = std::find_if(axes.begin(), axes.end(),
                                        [](const graph::Axis& axis) { return has(axis, graph::kGraphsAxis); });
  Cells cells;
  if (with_graphs == axes.end())
    cells.push_back({"", std::move(graph)});
  else
    cells = of_graphs(graph, *with_graphs, load);
  std::vector<int64_t> seeds;
  for (auto axis = axes.begin(); axis != axes.end(); ++axis) {
    if (axis == with_graphs) continue;
    if (!has(*axis, graph::kSeedsAxis)) {
      cells = cross(cells, *axis);
      continue;
    }
    for (const auto& value : axis->cells) seeds.push_back(value.front().get<int64_t>());
  }
  for (auto& cell : cells) {
    if (cell.cell.empty()) cell.cell = name;
    cell.graph.setting = cell.cell;
    if (!baseline.empty()) cell.graph.baseline = baseline;
  }
  if (!seeds.empty()) return repeat(cells, seeds);
  return cells;
}

Cells repeat(const Cells& cells, const std::vector<int64_t>& seeds) {
  Cells repeated;
  for (const auto& cell : cells)
    for (const int64_t seed : seeds) {
      plan::NamedGraph next = cell;
      next.graph.settings.seed = seed;
      repeated.push_back(std::move(next));
    }
  return repeated;
}

void arrange(Cells& cells, const std::string& baseline) {
  make_unique(cells);
  mark_baseline(cells, baseline);
  std::map<std::string, size_t> seen;
  std::vector<std::pair<size_t, size_t>> order;  // (repeat, place)
  for (size_t i = 0; i < cells.size(); ++i) order.emplace_back(seen[cells[i].graph.setting]++, i);
  std::stable_sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
    if (a.first != b.first) return a.first < b.first;
    return cells[a.second].graph.is_baseline && !cells[b.second].graph.is_baseline;
  });
  Cells sorted;
  for (const auto& [rank, place] : order) sorted.push_back(std::move(cells[place]));
  cells = std::move(sorted);
  if (cells.size() == 1) cells.front().cell.clear();
}

}  // namespace bgraph::sweep

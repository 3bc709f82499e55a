#include <bgraph/core/sweep/expand.h>

#include <bgraph/sdk/contract/error.h>

#include <algorithm>
#include <map>

namespace bgraph::sweep {

namespace fs = std::filesystem;

namespace {

constexpr char kGraphs[] = "graphs";  // the axis whose values are files

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

/// Each cell so far, once per value of one more axis.
std::vector<plan::NamedGraph> cross(const std::vector<plan::NamedGraph>& cells, const graph::Axis& axis) {
  std::vector<plan::NamedGraph> crossed;
  for (const auto& cell : cells)
    for (const auto& values : axis.cells) {
      plan::NamedGraph next = cell;
      for (size_t i = 0; i < axis.names.size(); ++i) {
        set_param(next.graph, axis.names[i], values[i], axis.place);
        join_label(next.cell, axis.names[i] + "=" + label(values[i]));
      }
      crossed.push_back(std::move(next));
    }
  return crossed;
}

std::string stem(const std::string& file) { return fs::path(file).stem().string(); }

}  // namespace

std::vector<plan::NamedGraph> expand(const graph::Graph& graph, const std::string& name, const Load& load) {
  std::vector<plan::NamedGraph> cells;
  for (const auto& axis : graph.sweep)
    if (axis.names.front() == kGraphs)
      for (const auto& value : axis.cells) {
        const auto file = value.front().get<std::string>();
        cells.push_back({stem(file), load(file)});
      }
  if (cells.empty()) cells.push_back({"", graph});
  for (const auto& axis : graph.sweep)
    if (axis.names.front() != kGraphs) cells = cross(cells, axis);
  for (auto& cell : cells)
    if (cell.cell.empty()) cell.cell = name;
  return cells;
}

void make_unique(std::vector<plan::NamedGraph>& cells) {
  if (cells.size() == 1) cells.front().cell.clear();
  const auto count = [&](const std::string& name) {
    return std::count_if(cells.begin(), cells.end(),
                         [&](const plan::NamedGraph& cell) { return cell.cell == name; });
  };
  std::vector<bool> shared;
  for (const auto& cell : cells) shared.push_back(count(cell.cell) > 1);
  for (size_t i = 0; i < cells.size(); ++i)
    if (shared[i])
      cells[i].cell =
          fs::absolute(cells[i].graph.file).parent_path().filename().string() + "." + cells[i].cell;
  for (const auto& cell : cells)
    if (count(cell.cell) > 1)
      throw Error("two cells are called '" + cell.cell + "'", "give every graph once, or rename the files");
}

}  // namespace bgraph::sweep

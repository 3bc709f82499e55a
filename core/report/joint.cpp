// Several graphs of one run side by side: each table they share, as one.
//
// Rows of the same name stand together, one per graph. They are ranked only if all were scored under one protocol;
// otherwise the difference is a footnote and no best value is marked.
#include <bgraph/core/report/markup.h>
#include <bgraph/core/report/score_table.h>
#include <bgraph/core/report/sections.h>
#include <bgraph/core/run/tables.h>
#include <bgraph/sdk/contract/protocol.h>
#include <bgraph/sdk/contract/unit.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace bgraph::report {

namespace {

constexpr size_t kRows = 40;  // of one graph: longer tables (a row per image) are not set side by side

struct Shared {
  std::vector<std::pair<std::string, Json>> of_cell;  // cell name, its table
};

/// Tables by "node.port", those that at least two graphs have.
std::vector<std::pair<std::string, Shared>> shared_tables(const run::RunRecord& record, const store::Store& store) {
  std::vector<std::pair<std::string, Shared>> tables;
  for (const auto& cell : record.cells)
    for (const auto& node : cell.graph.nodes) {
      const auto index = cell.nodes.find(node.name);
      if (index == cell.nodes.end()) continue;
      const run::NodeRecord& made = record.nodes[index->second];
      for (const auto& [port, digest] : made.outputs) {
        const auto type = made.output_types.find(port);
        if (port == kCurvesPort || type == made.output_types.end() || type->second != "Table") continue;
        const Json table = run::read_table(store, digest);
        if (table.at("rows").size() > kRows) continue;
        const std::string name = node.name + "." + port;
        auto found = std::find_if(tables.begin(), tables.end(), [&](const auto& entry) { return entry.first == name; });
        if (found == tables.end()) found = tables.insert(tables.end(), {name, {}});
        found->second.of_cell.emplace_back(cell.name, table);
      }
    }
  std::erase_if(tables, [](const auto& entry) { return entry.second.of_cell.size() < 2; });
  return tables;
}

Json joined(const Shared& shared) {
  Json table = shared.of_cell.front().second;
  std::vector<std::string> names;
  std::map<std::string, Json> rows;
  std::set<std::string> columns;
  for (const auto& column : table.at("columns")) columns.insert(column.at("name").get<std::string>());
  for (const auto& [cell, one] : shared.of_cell) {
    for (const auto& column : one.at("columns"))
      if (columns.insert(column.at("name").get<std::string>()).second) table["columns"].push_back(column);
    for (const auto& row : one.at("rows")) {
      const std::string name = row.at("name");
      if (rows.count(name) == 0) names.push_back(name), rows[name] = Json::array();
      rows[name].push_back({{"name", name + " · " + cell}, {"values", row.at("values")}});
    }
  }
  table["rows"] = Json::array();
  for (const auto& name : names)
    for (const auto& row : rows[name]) table["rows"].push_back(row);
  std::vector<Json> protocols;
  for (const auto& [cell, one] : shared.of_cell) protocols.push_back(one.value("protocol", Json::object()));
  if (const std::string footnote = protocol_footnote(protocols); !footnote.empty()) {
    for (auto& column : table["columns"]) column["better"] = "";
    table["notes"].push_back(footnote);
    table["protocol"] = Json::object();
  }
  return table;
}

}  // namespace

std::string joint_html(const run::RunRecord& record, const store::Store& store) {
  std::string html;
  for (const auto& [name, shared] : shared_tables(record, store)) {
    const Json table = joined(shared);
    const std::string title = table.value("title", "");
    html += fmt::format("<h3>{} <span class=\"type\">{}</span></h3>{}", escaped(title.empty() ? name : title), escaped(name),
                        table_html(table, "joint-" + anchor(name), Folding::open));
  }
  return html;
}

}  // namespace bgraph::report

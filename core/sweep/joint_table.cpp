#include <bgraph/core/sweep/joint_table.h>

#include <bgraph/core/run/tables.h>
#include <bgraph/core/store/durable.h>
#include <bgraph/core/sweep/csv.h>
#include <bgraph/core/sweep/paired.h>
#include <bgraph/core/sweep/protocols.h>
#include <bgraph/sdk/contract/unit.h>

#include <algorithm>

namespace bgraph::sweep {

namespace {

bool done(const run::CellRecord& cell, const run::RunRecord& record) {
  return std::all_of(cell.nodes.begin(), cell.nodes.end(), [&](const auto& node) {
    const run::Outcome outcome = record.nodes[node.second].outcome;
    return outcome == run::Outcome::hit || outcome == run::Outcome::ran;
  });
}

}  // namespace

Json joint_table(const run::RunRecord& record, const store::Store& store) {
  Json cells = Json::array(), tables = Json::object();
  Protocols protocols;
  for (const auto& cell : record.cells) {
    cells.push_back({{"cell", cell.name},
                     {"setting", cell.graph.setting},
                     {"seed", cell.graph.settings.seed},
                     {"baseline", cell.graph.is_baseline},
                     {"file", cell.graph.file},
                     {"title", cell.graph.settings.title},
                     {"done", done(cell, record)}});
    std::map<std::string, std::string> protocol;  // table -> digest
    run::each_table(cell, record, store, [&](const std::string& name, const Json& table) {
      protocol[name] = protocols.add(name, table.value("protocol", Json::object()));
    });
    const Json own = run::tables_of(cell, record, store);
    for (const auto& [table, rows] : own.items())
      for (const auto& [row, values] : rows.items())
        tables[table].push_back({{"cell", cell.name}, {"row", row}, {"protocol", protocol[table]}, {"values", values}});
  }
  return {{"cells", cells},
          {"tables", tables},
          {"protocols", protocols.definitions()},
          {"footnotes", protocols.footnotes()},
          {"paired", paired(record, store)}};
}

std::string to_csv(const Json& joint) {
  std::string text = "table,cell,row,protocol,column,value\n";
  for (const auto& [table, rows] : joint["tables"].items())
    for (const auto& row : rows)
      for (const auto& [column, value] : row["values"].items())
        text += csv_cell(table) + "," + csv_cell(row["cell"]) + "," + csv_cell(row["row"]) + "," +
                csv_cell(row["protocol"]) + "," + csv_cell(column) + "," + csv_cell(value) + "\n";
  return text;
}

void write_joint_table(const run::RunRecord& record, const store::Store& store) {
  if (record.cells.size() < 2) return;
  const Json joint = joint_table(record, store);
  store::write_durably(record.folder / "sweep.json", joint.dump(1));
  store::write_durably(record.folder / "sweep.csv", to_csv(joint));
  store::write_durably(record.folder / "paired.csv", paired_csv(joint["paired"]));
}

run::RunRecord known_so_far(const plan::Plan& plan) {
  run::RunRecord record;
  for (const auto& cell : plan.cells) record.cells.push_back({cell.name, cell.graph, cell.steps});
  for (const auto& step : plan.steps) {
    run::NodeRecord node{.name = step.name, .node = step.node, .type = step.offer->spec.type, .outputs = step.outputs};
    if (step.state == plan::State::hit) node.outcome = run::Outcome::hit;
    for (const auto& port : step.offer->spec.outputs) node.output_types[port.name] = port.type;
    if (node.outputs.count(kCurvesPort) > 0) node.output_types[kCurvesPort] = "Table";
    record.nodes.push_back(std::move(node));
  }
  return record;
}

}  // namespace bgraph::sweep

#include <bgraph/core/sweep/joint_table.h>

#include <bgraph/core/run/tables.h>
#include <bgraph/core/store/durable.h>
#include <bgraph/core/sweep/protocols.h>

namespace bgraph::sweep {

namespace {

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string inside;
  for (const char letter : text) inside += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  return "\"" + inside + "\"";
}

std::string cell_text(const Json& value) {
  if (value.is_null()) return "";
  return value.is_string() ? quoted(value.get<std::string>()) : value.dump();
}

}  // namespace

Json joint_table(const run::RunRecord& record, const store::Store& store) {
  Json cells = Json::array(), tables = Json::object();
  Protocols protocols;
  for (const auto& cell : record.cells) {
    cells.push_back({{"cell", cell.name}, {"file", cell.graph.file}, {"title", cell.graph.settings.title}});
    std::map<std::string, std::string> protocol;  // table -> digest
    run::each_table(cell, record, store, [&](const std::string& name, const Json& table) {
      protocol[name] = protocols.add(name, table.value("protocol", Json::object()));
    });
    const Json own = run::tables_of(cell, record, store);
    for (const auto& [table, rows] : own.items())
      for (const auto& [row, values] : rows.items())
        tables[table].push_back({{"cell", cell.name}, {"row", row}, {"protocol", protocol[table]}, {"values", values}});
  }
  return {{"cells", cells}, {"tables", tables}, {"protocols", protocols.definitions()}, {"footnotes", protocols.footnotes()}};
}

std::string to_csv(const Json& joint) {
  std::string text = "table,cell,row,protocol,column,value\n";
  for (const auto& [table, rows] : joint["tables"].items())
    for (const auto& row : rows)
      for (const auto& [column, value] : row["values"].items())
        text += quoted(table) + "," + quoted(row["cell"]) + "," + quoted(row["row"]) + "," +
                quoted(row["protocol"]) + "," + quoted(column) + "," + cell_text(value) + "\n";
  return text;
}

void write_joint_table(const run::RunRecord& record, const store::Store& store) {
  if (record.cells.size() < 2) return;
  const Json joint = joint_table(record, store);
  store::write_durably(record.folder / "sweep.json", joint.dump(1));
  store::write_durably(record.folder / "sweep.csv", to_csv(joint));
}

}  // namespace bgraph::sweep

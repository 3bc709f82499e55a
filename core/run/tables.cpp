#include <bgraph/core/run/tables.h>

#include <bgraph/core/store/durable.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/unit.h>

namespace bgraph::run {

Json read_table(const store::Store& store, const Digest& digest) {
  const auto file = store.value_folder(digest) / "table.json";
  const Json table = Json::parse(store::read_text(file), nullptr, false);
  if (!table.is_object() || !table.contains("rows") || !table["rows"].is_array())
    throw Error(file.string() + " is no table", "run again; it is computed again");
  return table;
}

void each_table(const CellRecord& cell, const RunRecord& record, const store::Store& store,
                const std::function<void(const std::string&, const Json&)>& visit) {
  for (const auto& [name, index] : cell.nodes) {
    const NodeRecord& node = record.nodes[index];
    const bool named_by_node = node.outputs.size() - node.outputs.count(kCurvesPort) == 1;
    for (const auto& [port, digest] : node.outputs) {
      const auto type = node.output_types.find(port);
      if (type == node.output_types.end() || type->second != "Table") continue;
      visit(named_by_node && port != kCurvesPort ? name : name + "." + port, read_table(store, digest));
    }
  }
}

Json tables_of(const CellRecord& cell, const RunRecord& record, const store::Store& store) {
  Json tables = Json::object();
  each_table(cell, record, store, [&](const std::string& name, const Json& table) {
    Json& rows = tables[name] = Json::object();
    for (const auto& row : table["rows"]) {
      const std::string row_name = row.value("name", "");
      std::string unique = row_name;
      for (int copy = 2; rows.contains(unique); ++copy) unique = row_name + " (" + std::to_string(copy) + ")";
      rows[unique] = row.value("values", Json::object());
    }
  });
  return tables;
}

}  // namespace bgraph::run

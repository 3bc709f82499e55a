#include <bgraph/sdk/values/table.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/protocol.h>
#include <fmt/format.h>

#include <cmath>

namespace bgraph {

namespace {

Json cell_to_json(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  const double number = std::get<double>(cell);
  return std::isfinite(number) ? Json(number) : Json();
}

Cell cell_from_json(const Json& json) {
  if (json.is_string()) return json.get<std::string>();
  return json.is_null() ? std::nan("") : json.get<double>();
}

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char letter : text) {
    if (letter == '"') out.push_back('"');
    out.push_back(letter);
  }
  out.push_back('"');
  return out;
}

std::string csv_of(const Table& table) {
  std::string csv = "row";
  for (const auto& column : table.columns) csv += "," + quoted(column.name);
  for (const auto& row : table.rows) {
    csv += "\n" + quoted(row.name);
    for (const auto& column : table.columns) {
      csv += ",";
      const auto cell = row.cells.find(column.name);
      if (cell == row.cells.end()) continue;
      if (const auto* text = std::get_if<std::string>(&cell->second)) csv += quoted(*text);
      else if (const double number = std::get<double>(cell->second); !std::isnan(number))
        csv += fmt::format("{}", number);  // shortest form that reads back to the same double
    }
  }
  return csv + "\n";
}

}  // namespace

Table& Table::column(std::string name, std::string unit, std::string better) {
  columns.push_back({std::move(name), std::move(unit), std::move(better)});
  return *this;
}

Row& Table::row(const std::string& name) {
  for (auto& row : rows)
    if (row.name == name) return row;
  rows.push_back({name, {}});
  return rows.back();
}

Value Table::to_value() const {
  Json json = {{"title", title}, {"notes", notes}, {"protocol", protocol}, {"inputs", inputs},
               {"columns", Json::array()}, {"rows", Json::array()}};
  for (const auto& column : columns)
    json["columns"].push_back({{"name", column.name}, {"unit", column.unit}, {"better", column.better}});
  for (const auto& row : rows) {
    Json values = Json::object();
    for (const auto& [name, cell] : row.cells) values[name] = cell_to_json(cell);
    json["rows"].push_back({{"name", row.name}, {"values", values}});
  }
  return {.type = kType,
          .meta = {{kSplit, split}, {kItems, static_cast<int64_t>(rows.size())}},
          .files = {{"table.json", json.dump(1)}, {"table.csv", csv_of(*this)}}};
}

Table Table::from_value(const Value& value) {
  const Json json = Json::parse(value.files.at("table.json"));
  Table table{.title = json.at("title"),
              .notes = json.at("notes"),
              .split = value.meta.at(kSplit),
              .protocol = json.at("protocol"),
              .inputs = json.value("inputs", Json::object())};
  for (const auto& column : json.at("columns"))
    table.column(column.at("name"), column.at("unit"), column.at("better"));
  for (const auto& entry : json.at("rows")) {
    Row row{entry.at("name"), {}};
    for (const auto& [name, cell] : entry.at("values").items()) row.cells[name] = cell_from_json(cell);
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table Table::concat(const std::vector<Table>& parts) {
  Table whole = parts.front();
  for (size_t i = 1; i < parts.size(); ++i) {
    if (const std::string difference = protocol_difference({whole.protocol, parts[i].protocol}); !difference.empty())
      throw Error("tables of different protocols cannot become one: " + difference);
    whole.rows.insert(whole.rows.end(), parts[i].rows.begin(), parts[i].rows.end());
  }
  return whole;
}

}  // namespace bgraph

// Table: named rows, named columns with units; what metrics and curves come out as.
#pragma once

#include <bgraph/sdk/value.h>

#include <map>
#include <string>
#include <variant>
#include <vector>

namespace bgraph {

struct Column {
  std::string name;     // "pixcorr"
  std::string unit;     // "", "percent", ...
  std::string better;   // "higher", "lower" or ""
};

/// NaN is "not available" and prints as an empty cell.
using Cell = std::variant<double, std::string>;

struct Row {
  std::string name;
  std::map<std::string, Cell> cells;  // by column name; a missing one is not available
};

struct Table {
  static constexpr const char* kType = "Table";

  std::string title;
  std::vector<Column> columns;
  std::vector<Row> rows;
  std::vector<std::string> notes;  // footnotes: protocol, caveats
  std::string split;               // label of the data scored: "test" tables appear only with --final
  Json protocol = Json::object();  // what makes rows comparable: metric versions, n, lists, repeats (contract/protocol.h)
  Json inputs = Json::object();    // what was scored, by digest: port -> text or list; no part of the protocol

  Table& column(std::string name, std::string unit = {}, std::string better = {});
  Row& row(const std::string& name);  // finds or appends

  Value to_value() const;  // files: table.json, table.csv
  static Table from_value(const Value& value);
  static Table concat(const std::vector<Table>& parts);  // rows one after the other; Error for two protocols
};

}  // namespace bgraph

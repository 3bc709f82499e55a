// The tables of a run, for metrics.json: table -> row -> column -> value.
//
// A value of type Table holds table.json:
//   {"title", "columns": [{"name", "unit"}], "rows": [{"name", "values": {column: number | text | null}}],
//    "notes": [text]}
#pragma once

#include <bgraph/core/run/record.h>

#include <functional>

namespace bgraph::run {

/// table.json of a Table value. Error naming it if it is missing or malformed.
Json read_table(const store::Store& store, const Digest& digest);

/// Every Table of the cell's finished nodes, as table.json has it. A table is called "node.port", or "node" where the
/// node has one output besides its curves.
void each_table(const CellRecord& cell, const RunRecord& record, const store::Store& store,
                const std::function<void(const std::string& name, const Json& table)>& visit);

/// Their rows. Rows of the same name are kept apart as "name", "name (2)".
Json tables_of(const CellRecord& cell, const RunRecord& record, const store::Store& store);

}  // namespace bgraph::run

// Many runs -> one table: the tables of all cells, row by row.
//
//   sweep.json   {"cells": [{"cell", "file", "title"}],
//                 "tables": {table: [{"cell", "row", "protocol", "values": {column: value}}]},
//                 "protocols": {digest: protocol}, "footnotes": {table: text}}
//   sweep.csv    the same in long form: table,cell,row,protocol,column,value
//
// Rows are not averaged; what may be compared, sweep/protocols.h says.
#pragma once

#include <bgraph/core/run/record.h>

#include <string>

namespace bgraph::sweep {

Json joint_table(const run::RunRecord& record, const store::Store& store);
std::string to_csv(const Json& joint);

/// Writes both into the run folder; nothing for a run of one cell.
void write_joint_table(const run::RunRecord& record, const store::Store& store);

}  // namespace bgraph::sweep

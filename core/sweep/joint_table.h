// Many runs -> one table: the tables of all cells, row by row, and the settings against the baseline.
//
//   sweep.json   {"cells": [{"cell", "setting", "seed", "baseline", "file", "title", "done"}],
//                 "tables": {table: [{"cell", "row", "protocol", "values": {column: value}}]},
//                 "protocols": {digest: protocol}, "footnotes": {table: text}, "paired": [...]}
//   sweep.csv    the tables in long form: table,cell,row,protocol,column,value
//   paired.csv   what sweep/paired.h says of them
//
// Only what is finished is in it, so it is right at any moment of a sweep. Rows are not averaged; what may be
// compared, sweep/protocols.h says.
#pragma once

#include <bgraph/core/plan/plan.h>
#include <bgraph/core/run/record.h>

#include <string>

namespace bgraph::sweep {

Json joint_table(const run::RunRecord& record, const store::Store& store);
std::string to_csv(const Json& joint);

/// Writes all three into the run folder; nothing for a run of one cell.
void write_joint_table(const run::RunRecord& record, const store::Store& store);

/// What is known without running anything: a record whose cached nodes are there and whose others are not.
run::RunRecord known_so_far(const plan::Plan& plan);

}  // namespace bgraph::sweep

// How often test scores were looked at: a choice made after many looks is no test any more.
//
//   store/looks.jsonl   one line per run and cell: {date, graph, run, seen: {node.port: digest}}
#pragma once

#include <bgraph/core/run/record.h>

namespace bgraph::run {

/// Notes a look for every cell whose final targets have outputs, and sets RunRecord::looks to how many
/// looks the store knows of at graphs with these titles. Does nothing without --final.
void note_looks(RunRecord& record, const store::Store& store);

}  // namespace bgraph::run

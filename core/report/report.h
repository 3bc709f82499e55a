// The report of a run: runs/<name>/report/index.html, one file that opens anywhere without network.
//
//   what was run - image grids, sortable by any score - tables with intervals - figures - loss curves -
//   the graph with times - nodes, memory, warnings - methods - provenance
//
// Control writes it, because only control knows times, hits and warnings. Pictures come from Figure values,
// numbers from Table values; nothing a run produced is executed by the page, and every text in it is escaped.
#pragma once

#include <bgraph/core/run/record.h>

#include <string>

namespace bgraph::report {

/// Writes report/index.html into the run's folder (a run::Writer).
/// Error if a value cannot be read or the page cannot be written.
void write_report(const run::RunRecord& record);

/// The page itself.
std::string page_html(const run::RunRecord& record);

}  // namespace bgraph::report

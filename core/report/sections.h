// The parts of the report page, top to bottom. Each returns HTML, or "" where there is nothing to say.
#pragma once

#include <bgraph/core/run/record.h>

#include <string>

namespace bgraph::report {

/// One graph of the run, as the sections see it.
struct View {
  const run::RunRecord& record;
  const run::CellRecord& cell;
  const store::Store& store;

  std::string id(const std::string& name) const;  // an id inside the page, apart from those of other cells
};

/// What was run: command, dates, seed, budget, how many nodes ran, were cached, failed.
std::string overview_html(const run::RunRecord& record);
/// Nodes that failed or could not run, with their errors.
std::string problems_html(const run::RunRecord& record);

std::string galleries_html(const View& view);   // image grids
std::string tables_html(const View& view);      // every table but curves
std::string pictures_html(const View& view);    // figures that are no gallery
std::string curves_html(const View& view);      // loss curves of every node that trained
std::string graph_html(const View& view);       // the graph with times and hits
std::string nodes_html(const View& view);       // time, memory, why it ran, warnings
std::string methods_html(const View& view);     // a paragraph to paste
std::string provenance_html(const View& view);  // digests, versions, numeric profile
/// The tables that several graphs share, set side by side.
std::string joint_html(const run::RunRecord& record, const store::Store& store);
/// The graphs with everything brought in, as they stand in the run's folder.
std::string resolved_html(const run::RunRecord& record);

}  // namespace bgraph::report

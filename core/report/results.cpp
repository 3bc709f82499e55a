// What the nodes gave: image grids, tables, pictures, curves.
#include <bgraph/core/report/figures.h>
#include <bgraph/core/report/line_plot.h>
#include <bgraph/core/report/markup.h>
#include <bgraph/core/report/score_table.h>
#include <bgraph/core/report/sections.h>
#include <bgraph/core/run/tables.h>
#include <bgraph/sdk/contract/unit.h>

#include <fmt/format.h>

#include <cmath>
#include <functional>

namespace bgraph::report {

namespace {

struct Output {
  const run::NodeRecord& node;
  std::string name;  // "scores.table", or "scores" where it is the only output
  Digest digest;
};

/// Every output of a type, in the order of the graph file; `curves` apart from the rest.
void each_output(const View& view, const std::string& type, bool curves, const std::function<void(const Output&)>& visit) {
  for (const auto& node : view.cell.graph.nodes) {
    const auto index = view.cell.nodes.find(node.name);
    if (index == view.cell.nodes.end()) continue;
    const run::NodeRecord& record = view.record.nodes[index->second];
    const bool only = record.outputs.size() - record.outputs.count(kCurvesPort) == 1;
    for (const auto& [port, digest] : record.outputs) {
      const auto found = record.output_types.find(port);
      if (found == record.output_types.end() || found->second != type || (port == kCurvesPort) != curves) continue;
      visit({record, only ? node.name : node.name + "." + port, digest});
    }
  }
}

std::string figures_of(const View& view, bool galleries) {
  std::string html;
  each_output(view, "Figure", false, [&](const Output& output) {
    const ValueHeader header = read_value_header(view.store.value_folder(output.digest));
    if (is_gallery(header) != galleries) return;
    const std::string title = header.meta.value("title", output.name);
    html += fmt::format("<h3>{} <span class=\"type\">{}</span></h3>{}", escaped(title), escaped(output.name),
                        figure_html(view.store, output.digest, view.id(output.name)));
  });
  return html;
}

double step_of(const std::string& name) {
  try {
    return std::stod(name);
  } catch (const std::exception&) {
    return std::nan("");
  }
}

}  // namespace

std::string galleries_html(const View& view) { return figures_of(view, true); }
std::string pictures_html(const View& view) { return figures_of(view, false); }

std::string tables_html(const View& view) {
  std::string html, long_ones;  // tables of a row per image stand last
  each_output(view, "Table", false, [&](const Output& output) {
    const Json table = run::read_table(view.store, output.digest);
    const std::string title = table.value("title", "");
    (folds(table) ? long_ones : html) +=
        fmt::format("<h3>{} <span class=\"type\">{}</span></h3>{}", escaped(title.empty() ? output.name : title),
                    escaped(output.name), table_html(table, view.id(output.name)));
  });
  return html + long_ones;
}

std::string curves_html(const View& view) {
  std::string html;
  each_output(view, "Table", true, [&](const Output& output) {
    const Json table = run::read_table(view.store, output.digest);
    std::string plots;
    for (const auto& column : table.at("columns")) {
      Series series{column.at("name"), {}};
      for (const auto& row : table.at("rows")) {
        const auto cell = row.at("values").find(series.name);
        if (cell != row.at("values").end() && cell->is_number()) series.points.emplace_back(step_of(row.at("name")), cell->get<double>());
      }
      if (!series.points.empty()) plots += line_plot(series);
    }
    if (!plots.empty())
      html += fmt::format("<h3>{} <span class=\"type\">{}</span></h3><div class=\"plots\">{}</div>", escaped(output.node.node),
                          escaped(output.node.type), plots);
  });
  return html;
}

}  // namespace bgraph::report

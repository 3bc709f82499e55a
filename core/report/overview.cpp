// The head of the page: what was run, and what went wrong.
#include <bgraph/core/report/markup.h>
#include <bgraph/core/report/sections.h>
#include <bgraph/core/run/stamp.h>

#include <fmt/format.h>

#include <algorithm>

namespace bgraph::report {

using run::Outcome;

std::string View::id(const std::string& name) const {
  return anchor(cell.name.empty() ? name : cell.name + "/" + name);
}

namespace {

std::string fact(const char* name, const std::string& value) {
  return value.empty() ? "" : fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", name, escaped(value));
}

std::string counted(size_t count, const char* word) { return count == 0 ? "" : fmt::format("{} {}", count, word); }

std::string joined(const std::vector<std::string>& parts, const char* between) {
  std::string all;
  for (const auto& part : parts)
    if (!part.empty()) all += (all.empty() ? "" : between) + part;
  return all;
}

std::string day_and_time(const std::string& stamp) {  // "2024-05-17T09:31:02Z" -> "2024-05-17 09:31 UTC"
  return stamp.size() < 16 ? stamp : stamp.substr(0, 10) + " " + stamp.substr(11, 5) + " UTC";
}

/// Seeds, files or budgets of all graphs; each once.
template <class Get>
std::string of_cells(const run::RunRecord& record, Get get) {
  std::vector<std::string> values;
  for (const auto& cell : record.cells)
    if (const std::string value = get(cell.graph); std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
  return joined(values, ", ");
}

}  // namespace

std::string overview_html(const run::RunRecord& record) {
  const std::string nodes = joined({counted(record.count(Outcome::ran), "ran"), counted(record.count(Outcome::hit), "cached"),
                                    counted(record.count(Outcome::failed), "failed"), counted(record.count(Outcome::blocked), "not run"),
                                    counted(record.count(Outcome::cancelled), "stopped")}, ", ");
  size_t warnings = 0;
  for (const auto& node : record.nodes) warnings += node.warnings.size();
  std::string html = "<dl class=\"facts\">";
  html += fact("Graph", of_cells(record, [](const auto& graph) { return graph.file; }));
  html += fact("Started", day_and_time(record.started_at));
  html += fact("Took", fmt::format("{}{}", run::duration_text(record.seconds),
                                   record.workers > 0 ? fmt::format(", {} × {} thread{}", record.workers, record.threads, record.threads == 1 ? "" : "s")
                                                      : ", everything cached"));
  html += fact("Nodes", nodes);
  html += fact("Seed", of_cells(record, [](const auto& graph) { return std::to_string(graph.settings.seed); }));
  html += fact("Warnings", counted(warnings, ""));
  html += fact("Budget", of_cells(record, [](const auto& graph) { return graph.settings.budget; }));
  html += "</dl>";
  if (!record.command_line.empty())
    html += "<pre class=\"command\"><code>" + escaped(joined(record.command_line, " ")) + "</code></pre>";
  if (record.final_scores)
    html += fmt::format("<p class=\"notice\">These are <b>test scores</b> (--final). The test set of this graph has been looked at {} time{} so far; "
                        "no choice may depend on them.</p>", record.looks, record.looks == 1 ? "" : "s");
  else
    html += "<p class=\"notice\">Scores are on the <b>validation</b> data wherever the graph holds test scores back; <code>--final</code> shows those.</p>";
  return html;
}

std::string problems_html(const run::RunRecord& record) {
  std::string html;
  for (const auto& node : record.nodes)
    if (node.outcome == Outcome::failed)
      html += fmt::format("<div class=\"problem\"><h3>{} <span class=\"type\">{}</span> failed</h3><pre>{}</pre></div>", escaped(node.name),
                          escaped(node.type), escaped(node.error));
  std::string waiting;
  for (const auto& node : record.nodes)
    if (node.outcome == Outcome::blocked || node.outcome == Outcome::cancelled)
      waiting += (waiting.empty() ? "" : ", ") + escaped(node.name);
  if (!waiting.empty()) html += "<p>Not run: " + waiting + ".</p>";
  if (record.interrupted) html += "<p>The run was interrupted; the same command continues it.</p>";
  return html;
}

}  // namespace bgraph::report

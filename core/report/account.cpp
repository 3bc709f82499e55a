// How the results came about: the graph with its times, every node, where everything comes from.
#include <bgraph/core/graph/draw.h>
#include <bgraph/core/report/markup.h>
#include <bgraph/core/report/sections.h>
#include <bgraph/core/run/stamp.h>
#include <bgraph/core/store/durable.h>

#include <fmt/format.h>

#include <algorithm>

namespace bgraph::report {

using run::NodeRecord;
using run::Outcome;

namespace {

/// Records of the cell's nodes in the order of the graph file.
std::vector<const NodeRecord*> nodes_of(const View& view) {
  std::vector<const NodeRecord*> nodes;
  for (const auto& node : view.cell.graph.nodes)
    if (const auto index = view.cell.nodes.find(node.name); index != view.cell.nodes.end())
      nodes.push_back(&view.record.nodes[index->second]);
  return nodes;
}

graph::Happened happened(const NodeRecord& node) {
  switch (node.outcome) {
    case Outcome::ran: return {graph::Outcome::computed, node.seconds};
    case Outcome::hit: return {graph::Outcome::cached, node.seconds};
    case Outcome::failed: return {graph::Outcome::failed, node.seconds};
    default: return {graph::Outcome::skipped, 0};
  }
}

std::string brief(const std::string& hex) {
  return hex.empty() ? "" : fmt::format("<code title=\"{}\">{}</code>", escaped(hex), escaped(hex.substr(0, 12)));
}

std::string params_text(const Json& params) {
  std::string text;
  for (const auto& [name, value] : params.items())
    text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", name, value.dump());
  return text;
}

std::string row_html(const NodeRecord& node, double longest) {
  std::string warnings;
  for (const auto& warning : node.warnings) warnings += "<li>" + escaped(warning) + "</li>";
  return fmt::format(
      "<tr><th scope=\"row\">{}<small>{}</small></th><td class=\"words\"><span class=\"outcome {}\">{}</span></td>"
      "<td class=\"time\"><span class=\"bar\" style=\"width:{:.1f}%\"></span><span>{}</span></td><td>{}</td><td>{}</td>"
      "<td class=\"words\">{}{}</td></tr>",
      escaped(node.node), escaped(node.type), run::to_text(node.outcome), run::to_text(node.outcome),
      longest > 0 ? 100 * node.seconds / longest : 0.0, node.seconds > 0 ? run::duration_text(node.seconds) : "",
      node.peak_mib > 0 ? fmt::format("{:.0f}", node.peak_mib) : "", node.chunks > 0 ? std::to_string(node.chunks) : "",
      escaped(node.why), warnings.empty() ? "" : "<ul class=\"warnings\">" + warnings + "</ul>");
}

std::string facts(const Json& object) {
  std::string html = "<dl class=\"facts\">";
  for (const auto& [name, value] : object.items())
    html += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", escaped(spaced(name)),
                        escaped(value.is_string() ? value.get<std::string>() : value.dump()));
  return html + "</dl>";
}

}  // namespace

std::string graph_html(const View& view) {
  graph::Happenings happenings;
  for (const NodeRecord* node : nodes_of(view)) happenings[node->node] = happened(*node);
  return "<div class=\"scroll picture\" tabindex=\"0\" role=\"region\" aria-label=\"graph\">" +
         graph::draw_svg(view.cell.graph, happenings) + "</div>";
}

std::string nodes_html(const View& view) {
  double longest = 0;
  std::string rows;
  const auto nodes = nodes_of(view);
  for (const NodeRecord* node : nodes) longest = std::max(longest, node->seconds);
  for (const NodeRecord* node : nodes) rows += row_html(*node, longest);
  return "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"nodes\"><table><thead><tr><td></td>"
         "<th scope=\"col\" class=\"words\">this run</th><th scope=\"col\" class=\"time\">time</th>"
         "<th scope=\"col\">peak<small>MiB</small></th><th scope=\"col\">chunks</th>"
         "<th scope=\"col\" class=\"words\">why, warnings</th></tr></thead><tbody>" + rows +
         "</tbody></table></div><p class=\"fine\">Times and memory of cached nodes are those of the run that made them.</p>";
}

std::string methods_html(const View& view) {
  const auto& settings = view.cell.graph.settings;
  std::string text = fmt::format("The analysis \"{}\" was run with bgraph {} (numerics version {}) on {}, seed {}. ",
                                 settings.title.empty() ? view.cell.graph.file : settings.title,
                                 view.record.versions.value("bgraph", "?"),
                                 view.record.versions.contains("numerics") ? view.record.versions["numerics"].dump() : "?",
                                 view.record.started_at.substr(0, 10), settings.seed);
  if (!settings.description.empty()) text += settings.description + " ";
  text += "Stages, in order, with every parameter:";
  std::string items;
  for (const NodeRecord* node : nodes_of(view)) {
    const std::string params = params_text(node->params);
    items += fmt::format("<li><b>{}</b> ({}{}). {}</li>", escaped(node->node), escaped(node->type),
                         params.empty() ? "" : "; " + escaped(params), escaped(node->summary));
  }
  return "<details><summary>Methods, to paste</summary><p>" + escaped(text) + "</p><ul>" + items + "</ul></details>";
}

std::string provenance_html(const View& view) {
  std::string rows;
  Json profiles = Json::array();
  for (const NodeRecord* node : nodes_of(view)) {
    std::string outputs;
    for (const auto& [port, digest] : node->outputs) outputs += fmt::format("<div>{} {}</div>", escaped(port), brief(digest.hex()));
    rows += fmt::format("<tr><th scope=\"row\">{}</th><td class=\"words\">{}</td><td class=\"words\">{}</td><td class=\"words\">{}</td></tr>",
                        escaped(node->node), brief(node->key), brief(node->build_id), outputs);
    if (!node->profile.empty() && std::find(profiles.begin(), profiles.end(), node->profile) == profiles.end())
      profiles.push_back(node->profile);
  }
  std::string html = facts(view.record.versions);
  for (const auto& profile : profiles) html += "<h4>Numeric profile</h4>" + facts(profile);
  html += "<details><summary>Keys, builds and digests of every node</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" "
          "aria-label=\"digests\"><table><thead><tr><td></td><th scope=\"col\" class=\"words\">key</th><th scope=\"col\" class=\"words\">"
          "plugin build</th><th scope=\"col\" class=\"words\">outputs</th></tr></thead><tbody>" + rows + "</tbody></table></div></details>";
  return html;
}

std::string resolved_html(const run::RunRecord& record) {
  namespace fs = std::filesystem;
  std::vector<fs::path> files;
  for (const fs::path& folder : {record.folder, record.folder / "graphs"})
    if (fs::is_directory(folder))
      for (const auto& entry : fs::directory_iterator(folder))
        if (entry.path().extension() == ".toml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::string html;
  for (const auto& file : files)
    html += fmt::format("<details><summary>{}</summary><pre><code>{}</code></pre></details>",
                        escaped(fs::relative(file, record.folder).string()), escaped(store::read_text(file)));
  return html;
}

}  // namespace bgraph::report

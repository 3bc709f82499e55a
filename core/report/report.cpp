#include <bgraph/core/report/markup.h>
#include <bgraph/core/report/report.h>
#include <bgraph/core/report/sections.h>
#include <bgraph/core/store/durable.h>

#include <fmt/format.h>

#include <string_view>
#include <vector>

namespace bgraph::report {

// Made by the build from page.css and page.js.
extern const std::string_view kStyle;
extern const std::string_view kScript;

namespace {

struct Section {
  const char* id;
  const char* heading;
  std::string (*html)(const View&);
};
constexpr Section kSections[] = {
    {"images", "Images", galleries_html}, {"scores", "Scores", tables_html},  {"figures", "Figures", pictures_html},
    {"curves", "Training", curves_html},  {"graph", "Graph", graph_html},     {"nodes", "Nodes", nodes_html},
    {"methods", "Methods", methods_html}, {"provenance", "Provenance", provenance_html},
};

std::string title_of(const run::RunRecord& record) {
  if (record.cells.size() != 1) return record.name;
  const std::string& title = record.cells.front().graph.settings.title;
  return title.empty() ? record.name : title;
}

struct Body {
  std::string navigation, html;

  void add(const std::string& id, const std::string& heading, const std::string& inside) {
    if (inside.empty()) return;
    navigation += fmt::format("<a href=\"#{}\">{}</a>", id, escaped(heading));
    html += fmt::format("<section id=\"{}\"><h2>{}</h2>{}</section>", id, escaped(heading), inside);
  }
};

/// A run of several graphs: each is a chapter that opens, its sections inside.
std::string chapter(const View& view, bool open) {
  std::string inside;
  for (const auto& section : kSections)
    if (const std::string html = section.html(view); !html.empty())
      inside += fmt::format("<h3 class=\"part\">{}</h3>{}", section.heading, html);
  const std::string& title = view.cell.graph.settings.title;
  return fmt::format("<details class=\"chapter\"{}><summary>{}</summary>{}</details>", open ? " open" : "",
                     escaped(title.empty() ? view.cell.graph.file : title), inside);
}

}  // namespace

std::string page_html(const run::RunRecord& record) {
  const store::Store store(record.store);
  Body body;
  body.add("problems", "Problems", problems_html(record));
  if (record.cells.size() == 1) {
    const View view{record, record.cells.front(), store};
    for (const auto& section : kSections) body.add(section.id, section.heading, section.html(view));
  } else {
    body.add("together", "All graphs together", joint_html(record, store));
    for (const auto& cell : record.cells) {
      const View view{record, cell, store};
      body.add(view.id("cell"), cell.name, chapter(view, &cell == &record.cells.front()));
    }
  }
  body.add("resolved", "Resolved graph", resolved_html(record));
  const std::string title = escaped(title_of(record));
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
      "<meta name=\"color-scheme\" content=\"light dark\"><title>{0}</title><style>{1}</style></head><body>"
      "<header><p class=\"run\">run <b>{2}</b></p><h1>{0}</h1>{3}</header><nav aria-label=\"sections\">{4}</nav>"
      "<main>{5}</main><footer>Written by bgraph {6}. This page is one file and needs no network.</footer>"
      "<script>{7}</script></body></html>\n",
      title, kStyle, escaped(record.name), overview_html(record), body.navigation, body.html,
      escaped(record.versions.value("bgraph", "")), kScript);
}

void write_report(const run::RunRecord& record) {
  store::write_durably(record.folder / "report" / "index.html", page_html(record));
}

}  // namespace bgraph::report

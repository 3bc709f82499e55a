#include <bgraph/core/report/figures.h>
#include <bgraph/core/report/markup.h>
#include <bgraph/core/store/durable.h>

#include <fmt/format.h>

#include <set>

namespace bgraph::report {

namespace {

namespace fs = std::filesystem;

std::string text_of(const Json& meta, const char* name) { return meta.value(name, std::string()); }

std::string image_html(const fs::path& folder, const std::string& file, const std::string& alt, const char* extra) {
  return fmt::format("<img src=\"{}\" alt=\"{}\"{}>", data_uri(file, store::read_text(folder / file)), escaped(alt), extra);
}

/// "Sort by" for every score a row of the gallery has.
std::string sorter_html(const Json& rows, const std::string& id) {
  std::set<std::string> metrics;
  for (const auto& row : rows)
    for (const auto& [metric, value] : row.at("scores").items()) metrics.insert(metric);
  std::string options = "<option value=\"\">order of the data</option>";
  for (const auto& metric : metrics)
    options += fmt::format("<option value=\"{0}\">{1}</option>", escaped(metric), escaped(spaced(metric)));
  return fmt::format(
      "<div class=\"tools\"><label>Sort by <select data-sorts=\"{0}\">{1}</select></label>"
      "<button type=\"button\" data-turns=\"{0}\" aria-pressed=\"false\">reverse</button>"
      "<label>Size <input type=\"range\" min=\"40\" max=\"192\" value=\"88\" data-sizes=\"{0}\"></label></div>",
      escaped(id), options);
}

std::string scores_html(const Json& scores) {
  std::string html = "<td class=\"scores\">";
  for (const auto& [metric, value] : scores.items())
    if (value.is_number())
      html += fmt::format("<span data-metric=\"{}\">{} <b>{}</b></span>", escaped(metric), escaped(spaced(metric)),
                          number_text(value.get<double>()));
  return html + "</td>";
}

std::string gallery_html(const Json& meta, const fs::path& folder, const std::string& id) {
  const Json& rows = meta.at("gallery");
  const std::vector<std::string> columns = meta.at("columns");
  std::string head = "<tr><td></td>", body;
  for (const auto& column : columns) head += "<th scope=\"col\">" + escaped(column) + "</th>";
  for (const auto& row : rows) {
    const std::string name = row.at("name");
    body += fmt::format("<tr data-scores=\"{}\"><th scope=\"row\">{}</th>", escaped(row.at("scores").dump()), escaped(name));
    size_t column = 0;
    for (const auto& file : row.at("files")) {
      const std::string heading = column < columns.size() ? columns[column] : "";
      ++column;
      body += file.get<std::string>().empty() ? "<td></td>"
                                              : "<td>" + image_html(folder, file, heading + ", " + name, "") + "</td>";
    }
    body += scores_html(row.at("scores")) + "</tr>";
  }
  return fmt::format("{}<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table class=\"gallery\" id=\"{}\">"
                     "<thead>{}</thead><tbody>{}</tbody></table></div><p class=\"more\" hidden><button type=\"button\" "
                     "data-opens=\"{}\">show all {} images</button></p>",
                     sorter_html(rows, id), escaped(text_of(meta, "alt")), escaped(id), head + "<td></td></tr>", body,
                     escaped(id), rows.size());
}

}  // namespace

bool is_gallery(const ValueHeader& header) { return !header.meta.value("gallery", Json::array()).empty(); }

std::string figure_html(const store::Store& store, const Digest& figure, const std::string& id) {
  const fs::path folder = store.value_folder(figure);
  const ValueHeader header = read_value_header(folder);
  const Json& meta = header.meta;
  std::string inside;
  if (is_gallery(header)) {
    inside = gallery_html(meta, folder, id);
  } else {
    for (const auto& file : header.files) inside += image_html(folder, file.name, text_of(meta, "alt"), " class=\"picture\"");
  }
  return fmt::format("<figure>{}<figcaption>{}</figcaption></figure>", inside, escaped(text_of(meta, "caption")));
}

}  // namespace bgraph::report

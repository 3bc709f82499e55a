#include <bgraph/core/report/markup.h>
#include <bgraph/core/report/score_table.h>

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <set>
#include <vector>

namespace bgraph::report {

namespace {

constexpr size_t kOpenRows = 40;  // longer tables start folded

struct ColumnGroup {
  std::string name, unit, better;
  bool interval = false, chance = false;
  bool text = false;  // some cell holds words
};

double number(const Json& row, const std::string& column) {
  const auto& values = row.at("values");
  const auto cell = values.find(column);
  return cell != values.end() && cell->is_number() ? cell->get<double>() : std::nan("");
}

std::vector<ColumnGroup> groups_of(const Json& table) {
  std::set<std::string> names;
  for (const auto& column : table.at("columns")) names.insert(column.at("name").get<std::string>());
  const auto base_of = [&](const std::string& name) {  // the mean a bound belongs to, or ""
    for (const char* ending : {"_chance_lo", "_chance_hi", "_lo", "_hi"})
      if (name.ends_with(ending))
        if (const std::string base = name.substr(0, name.size() - std::string(ending).size()); names.count(base) > 0) return base;
    return std::string();
  };
  std::vector<ColumnGroup> groups;
  for (const auto& column : table.at("columns")) {
    const std::string name = column.at("name");
    if (!base_of(name).empty()) continue;
    ColumnGroup group{name, column.value("unit", ""), column.value("better", "")};
    group.interval = names.count(name + "_lo") > 0 && names.count(name + "_hi") > 0;
    group.chance = names.count(name + "_chance_lo") > 0 && names.count(name + "_chance_hi") > 0;
    for (const auto& row : table.at("rows")) group.text |= row.at("values").contains(name) && row["values"][name].is_string();
    groups.push_back(group);
  }
  return groups;
}

std::optional<double> best_of(const Json& table, const ColumnGroup& group) {
  if (group.better.empty() || table.at("rows").size() < 2) return std::nullopt;
  std::optional<double> best;
  for (const auto& row : table.at("rows")) {
    const double value = number(row, group.name);
    if (std::isnan(value)) continue;
    if (!best || (group.better == "lower" ? value < *best : value > *best)) best = value;
  }
  return best;
}

std::string range(const Json& row, const std::string& low, const std::string& high, const char* label) {
  const double from = number(row, low), to = number(row, high);
  if (std::isnan(from) || std::isnan(to)) return {};
  return fmt::format("<small>{}{} – {}</small>", label, number_text(from), number_text(to));
}

std::string cell_html(const Json& row, const ColumnGroup& group, const std::optional<double>& best) {
  const auto found = row.at("values").find(group.name);
  if (found != row.at("values").end() && found->is_string())
    return "<td class=\"words\">" + escaped(found->get<std::string>()) + "</td>";
  const double value = number(row, group.name);
  if (std::isnan(value)) return group.text ? "<td class=\"words\"></td>" : "<td></td>";
  const bool is_best = best && value == *best;
  std::string html = is_best ? "<td class=\"best\"><b>" + number_text(value) + "</b>" : "<td>" + number_text(value);
  if (group.interval) html += range(row, group.name + "_lo", group.name + "_hi", "");
  if (group.chance) html += range(row, group.name + "_chance_lo", group.name + "_chance_hi", "chance ");
  return html + "</td>";
}

std::string head_html(const std::vector<ColumnGroup>& groups) {
  std::string html = "<thead><tr><td></td>";
  for (const auto& group : groups) {
    html += fmt::format("<th scope=\"col\"{}>{}", group.text ? " class=\"words\"" : "", escaped(spaced(group.name)));
    if (!group.better.empty())
      html += fmt::format(" <span title=\"{0} is better\" role=\"img\" aria-label=\"{0} is better\">{1}</span>",
                          escaped(group.better), group.better == "lower" ? "↓" : "↑");
    if (!group.unit.empty()) html += "<small>" + escaped(group.unit) + "</small>";
    html += "</th>";
  }
  return html + "</tr></thead>";
}

std::string protocol_html(const Json& protocol) {
  if (!protocol.is_object() || protocol.empty()) return {};
  std::string html = "<details class=\"protocol\"><summary>Protocol</summary><dl>";
  for (const auto& [name, value] : protocol.items())
    html += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", escaped(spaced(name)),
                        escaped(value.is_string() ? value.get<std::string>() : value.dump()));
  return html + "</dl></details>";
}

}  // namespace

bool folds(const Json& table) { return table.at("rows").size() > kOpenRows; }

std::string table_html(const Json& table, const std::string& id, Folding folding) {
  const auto groups = groups_of(table);
  std::string body;
  std::vector<std::optional<double>> best;
  for (const auto& group : groups) best.push_back(best_of(table, group));
  for (const auto& row : table.at("rows")) {
    body += "<tr><th scope=\"row\">" + escaped(row.value("name", "")) + "</th>";
    for (size_t g = 0; g < groups.size(); ++g) body += cell_html(row, groups[g], best[g]);
    body += "</tr>";
  }
  const size_t rows = table.at("rows").size();
  const std::string grid = fmt::format("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table>{}<tbody>{}</tbody></table></div>",
                                       escaped(id), head_html(groups), body);
  std::string html = folding == Folding::long_ones && folds(table) ? fmt::format("<details><summary>{} rows</summary>{}</details>", rows, grid) : grid;
  const Json notes = table.value("notes", Json::array());
  if (!notes.empty()) {
    html += "<ul class=\"notes\">";
    for (const auto& note : notes) html += "<li>" + escaped(note.get<std::string>()) + "</li>";
    html += "</ul>";
  }
  return html + protocol_html(table.value("protocol", Json::object()));
}

}  // namespace bgraph::report

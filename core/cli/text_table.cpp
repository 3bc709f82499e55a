#include <bgraph/core/cli/text_table.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

namespace bgraph::cli {

namespace {

/// Four significant digits; whole numbers as they are.
std::string number_text(double value) {
  if (value == std::floor(value) && std::abs(value) < 1e9) return fmt::format("{:.0f}", value);
  return std::abs(value) < 1 ? fmt::format("{:.3f}", value) : fmt::format("{:.4g}", value);
}

std::string cell_text(const Json& values, const std::string& column) {
  const auto cell = values.find(column);
  if (cell == values.end() || cell->is_null()) return "-";
  if (cell->is_string()) return cell->get<std::string>();
  std::string text = number_text(cell->get<double>());
  const auto low = values.find(column + "_lo"), high = values.find(column + "_hi");
  if (low != values.end() && low->is_number() && high != values.end() && high->is_number())
    text += fmt::format(" [{}, {}]", number_text(low->get<double>()), number_text(high->get<double>()));
  return text;
}

/// Letters of UTF-8 text; the width of a column.
size_t width_of(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](unsigned char byte) { return (byte & 0xC0) != 0x80; }));
}

std::vector<std::string> shown_columns(const Json& table) {
  std::set<std::string> names;
  for (const auto& column : table.at("columns")) names.insert(column.at("name").get<std::string>());
  std::vector<std::string> shown;
  for (const auto& column : table.at("columns")) {
    const std::string name = column.at("name");
    bool bound = false;
    for (const std::string ending : {"_chance_lo", "_chance_hi", "_lo", "_hi"})
      bound |= name.ends_with(ending) && names.count(name.substr(0, name.size() - ending.size())) > 0;
    if (!bound) shown.push_back(name);
  }
  return shown;
}

}  // namespace

std::string table_text(const Json& table) {
  const auto columns = shown_columns(table);
  std::vector<std::vector<std::string>> lines = {{""}};
  for (const auto& column : columns) lines.front().push_back(column);
  for (const auto& row : table.at("rows")) {
    lines.push_back({row.value("name", "")});
    for (const auto& column : columns) lines.back().push_back(cell_text(row.at("values"), column));
  }
  std::string text;
  for (const auto& line : lines) {
    std::string out;
    for (size_t c = 0; c < line.size(); ++c) {
      size_t width = 0;
      for (const auto& other : lines) width = std::max(width, width_of(other[c]));
      out += line[c] + std::string(width - width_of(line[c]) + 2, ' ');
    }
    text += out.substr(0, out.find_last_not_of(' ') + 1) + "\n";
  }
  for (const auto& note : table.value("notes", Json::array())) text += "  " + note.get<std::string>() + "\n";
  return text;
}

}  // namespace bgraph::cli

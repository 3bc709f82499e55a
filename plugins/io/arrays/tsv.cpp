#include "tsv.h"

#include <bgraph/sdk/contract/mapped_file.h>
#include <bgraph/sdk/data/wrong_file.h>

#include <ATen/ops/empty.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>

namespace bgraph::io {

namespace {

/// Splits into rows of cells.
std::vector<std::vector<std::string>> cells_of(std::string_view text, char separator, const std::string& path) {
  std::vector<std::vector<std::string>> rows(1);
  std::string cell;
  bool quoted = false, any = false;
  const auto end_cell = [&] { rows.back().push_back(std::move(cell)), cell.clear(); };
  for (size_t i = 0; i < text.size(); ++i) {
    const char letter = text[i];
    if (quoted) {
      if (letter != '"') cell += letter;
      else if (i + 1 < text.size() && text[i + 1] == '"') cell += '"', ++i;
      else quoted = false;
    } else if (letter == '"' && cell.empty()) {
      quoted = any = true;
    } else if (letter == separator) {
      end_cell(), any = true;
    } else if (letter == '\n') {
      if (any || !cell.empty()) end_cell(), rows.emplace_back();
      any = false;
    } else if (letter != '\r') {
      cell += letter;
    }
  }
  if (quoted) throw wrong_file(path, "line " + std::to_string(rows.size()), "with every quote closed", "open to the end of the file");
  if (any || !cell.empty()) end_cell();
  if (rows.back().empty()) rows.pop_back();
  return rows;
}

bool is_missing(const std::string& cell) { return cell.empty() || cell == "NaN" || cell == "nan" || cell == "n/a" || cell == "NA"; }

}  // namespace

bool TextTable::has(const std::string& column) const { return std::find(columns.begin(), columns.end(), column) != columns.end(); }

size_t TextTable::index_of(const std::string& column) const {
  const auto found = std::find(columns.begin(), columns.end(), column);
  if (found != columns.end()) return static_cast<size_t>(found - columns.begin());
  std::string all;
  for (const auto& name : columns) all += (all.empty() ? "'" : ", '") + name + "'";
  throw Error(printable(path) + " has no column '" + column + "'; it has " + printable(all), did_you_mean(column, columns));
}

std::vector<std::string> TextTable::texts(const std::string& column) const {
  const size_t index = index_of(column);
  std::vector<std::string> texts;
  for (const auto& row : rows) texts.push_back(row[index]);
  return texts;
}

at::Tensor TextTable::numbers(const std::string& column) const {
  const auto texts_of = texts(column);
  at::Tensor out = at::empty({static_cast<int64_t>(texts_of.size())}, at::kDouble);
  auto* value = out.data_ptr<double>();
  for (size_t i = 0; i < texts_of.size(); ++i) {
    std::string_view cell = texts_of[i];
    while (!cell.empty() && cell.front() == ' ') cell.remove_prefix(1);
    while (!cell.empty() && cell.back() == ' ') cell.remove_suffix(1);
    value[i] = std::numeric_limits<double>::quiet_NaN();
    if (is_missing(std::string(cell))) continue;
    const auto [end, problem] = std::from_chars(cell.data(), cell.data() + cell.size(), value[i]);
    if (problem != std::errc() || end != cell.data() + cell.size())
      throw wrong_file(path, "column '" + column + "', row " + std::to_string(i + 1), "a number", "'" + std::string(cell) + "'");
  }
  return out;
}

at::Tensor TextTable::integers(const std::string& column) const {
  const at::Tensor values = numbers(column);
  const auto* value = values.data_ptr<double>();
  for (int64_t i = 0; i < values.numel(); ++i)
    if (!(std::abs(value[i]) < 1e15) || value[i] != std::floor(value[i]))
      throw wrong_file(path, "column '" + column + "', row " + std::to_string(i + 1), "a whole number", "'" + rows[static_cast<size_t>(i)][index_of(column)] + "'");
  return values.to(at::kLong);
}

TextTable read_text_table(const std::string& path, char separator) {
  const MappedFile file(path);
  std::string_view text(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  if (text.find('\0') != std::string_view::npos) throw wrong_file(path, "file", "text", "binary");
  if (separator == 0) {
    const auto ending = std::filesystem::path(path).extension();
    separator = ending == ".tsv" || ending == ".txt" ? '\t' : ',';
  }
  auto rows = cells_of(text, separator, path);
  if (rows.empty()) throw wrong_file(path, "file", "a table with a header row", "empty");
  TextTable table{path, std::move(rows.front()), {}};
  for (size_t r = 1; r < rows.size(); ++r) {
    if (rows[r].size() != table.columns.size())
      throw wrong_file(path, "line " + std::to_string(r + 1), std::to_string(table.columns.size()) + " cells wide", std::to_string(rows[r].size()) + " cells wide");
    table.rows.push_back(std::move(rows[r]));
  }
  auto sorted = table.columns;
  std::sort(sorted.begin(), sorted.end());
  if (const auto twice = std::adjacent_find(sorted.begin(), sorted.end()); twice != sorted.end())
    throw wrong_file(path, "column '" + *twice + "'", "there once", "there twice");
  return table;
}

}  // namespace bgraph::io

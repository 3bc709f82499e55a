#include <bgraph/core/graph/write.h>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

namespace bgraph::graph {

namespace {

/// JSON and TOML spell scalars alike but for numbers that are none.
std::string toml_of(const Json& value) {
  if (value.is_number_float() && !std::isfinite(value.get<double>()))
    return std::isnan(value.get<double>()) ? "nan" : value.get<double>() > 0 ? "inf" : "-inf";
  if (!value.is_structured()) return value.dump();
  std::string text;
  for (const auto& [key, item] : value.items())
    text += (text.empty() ? "" : ", ") + (value.is_object() ? Json(key).dump() + " = " : "") +
            toml_of(item);
  return value.is_object() ? "{ " + text + " }" : "[" + text + "]";
}

std::string key_of(const std::string& key) {
  const bool bare = !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char letter) {
    return std::isalnum(letter) || letter == '_' || letter == '-';
  });
  return bare ? key : Json(key).dump();
}

struct Line {
  std::string text, origin;
};

/// Lines of one table with their origins in a column.
std::string aligned(const std::vector<Line>& lines) {
  constexpr size_t kFarthest = 60;  // a long line does not push the origins of all others away
  size_t column = 0;
  for (const auto& line : lines)
    if (line.text.size() <= kFarthest) column = std::max(column, line.text.size());
  std::string text;
  for (const auto& line : lines)
    text += fmt::format("{:<{}}  # {}\n", line.text, column, line.origin);
  return text;
}

std::string table(const std::string& header, std::vector<Line> lines) {
  return lines.empty() ? "" : "\n[" + header + "]\n" + aligned(lines);
}

Line line_of(const Entry& entry, const Json& value) {
  return {key_of(entry.key) + " = " + toml_of(value), entry.value.origin()};
}

/// The value a parameter has for the worker where that is an absolute path, else as written.
Json portable(const Node& node, const Entry& entry) {
  const Json written = entry.value.json();
  if (!written.is_string()) return written;
  const auto param = node.params.find(entry.key);
  const bool data = written.get<std::string>().find("${data}") != std::string::npos;
  return param == node.params.end() || !param->second.value.is_string() || data
             ? written
             : param->second.value;
}

}  // namespace

std::string write_resolved(const Checked& checked) {
  const Resolved& resolved = checked.resolved;
  std::string text =
      "# " + resolved.file + " with everything it brings in; behind each value, its origin.\n";
  std::vector<Line> settings;
  for (const auto& entry : resolved.settings.entries)
    settings.push_back(line_of(entry, entry.value.json()));
  text += table("graph", settings);
  for (size_t place = 0; place < resolved.nodes.size(); ++place) {
    const Entry& node = resolved.nodes[place];
    std::vector<Line> lines, inputs;
    for (const auto& entry : node.value.entries)
      if (entry.key != "inputs")
        lines.push_back(line_of(entry, portable(checked.graph.nodes[place], entry)));
    if (const Value* wired = node.value.find("inputs"))
      for (const auto& entry : wired->entries) inputs.push_back(line_of(entry, entry.value.json()));
    const std::string name = "nodes." + key_of(node.key);
    text += lines.empty() ? "\n[" + name + "]\n" : table(name, lines);
    text += table(name + ".inputs", inputs);
  }
  std::vector<Line> sweep;
  for (const auto& entry : resolved.sweep.entries)
    sweep.push_back(line_of(entry, entry.value.json()));
  return text + table("sweep", sweep);
}

}  // namespace bgraph::graph

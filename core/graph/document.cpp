#include <bgraph/core/graph/document.h>

#include <toml++/toml.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <regex>
#include <sstream>
#include <tuple>
#include <utility>
#include <vector>

namespace bgraph::graph {

const Entry* Value::entry(std::string_view key) const {
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const Entry& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

Entry* Value::entry(std::string_view key) {
  return const_cast<Entry*>(std::as_const(*this).entry(key));
}

const Value* Value::find(std::string_view key) const {
  const Entry* found = entry(key);
  return found ? &found->value : nullptr;
}

Value* Value::find(std::string_view key) {
  return const_cast<Value*>(std::as_const(*this).find(key));
}

void Value::erase(std::string_view key) {
  std::erase_if(entries, [&](const Entry& entry) { return entry.key == key; });
}

Json Value::json() const {
  if (kind == Kind::scalar) return scalar;
  Json json = kind == Kind::list ? Json::array() : Json::object();
  for (const auto& item : items) json.push_back(item.json());
  for (const auto& entry : entries) json[entry.key] = entry.value.json();
  return json;
}

std::string Value::origin() const {
  const std::string where = span.place.str();
  if (layer.empty()) return where;
  return span.place.line == 0 ? layer : layer + " in " + where;
}

namespace {

/// The first line of what the parser saw.
Span span_of(const toml::source_region& region, const std::string& file, const Sources& sources) {
  Span span{{file, static_cast<int>(region.begin.line), static_cast<int>(region.begin.column)}, 1};
  if (region.end.line == region.begin.line) {
    span.width = static_cast<int>(region.end.column) - span.place.column;
  } else {
    const std::string line = sources.line(span.place);
    const auto characters = std::count_if(line.begin(), line.end(), [](char byte) {
      return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
    });
    span.width = static_cast<int>(characters) - span.place.column + 1;
  }
  span.width = std::max(span.width, 1);
  return span;
}

template <class T>
std::string as_text(const T& date_or_time) {
  std::ostringstream text;
  text << date_or_time;
  return text.str();
}

/// The parser sorts by name.
std::vector<std::pair<const toml::key*, const toml::node*>> in_order_of_file(const toml::table& table) {
  std::vector<std::pair<const toml::key*, const toml::node*>> entries;
  entries.reserve(table.size());
  for (const auto& [key, child] : table) entries.emplace_back(&key, &child);
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    const auto &left = a.first->source().begin, &right = b.first->source().begin;
    return std::tie(left.line, left.column) < std::tie(right.line, right.column);
  });
  return entries;
}

/// Where the value is to lie: trees of ten thousand nodes are not moved about.
void read_into(Value& value, const toml::node& node, const std::string& file, const Sources& sources) {
  value.span = span_of(node.source(), file, sources);
  node.visit([&](const auto& known) {
    using Known = std::decay_t<decltype(known)>;
    if constexpr (toml::is_table<Known>) {
      value.kind = Value::Kind::table;
      value.entries.reserve(known.size());
      for (const auto& [key, child] : in_order_of_file(known)) {
        Entry& entry = value.entries.emplace_back();
        entry.key = key->str();
        entry.span = span_of(key->source(), file, sources);
        read_into(entry.value, *child, file, sources);
      }
    } else if constexpr (toml::is_array<Known>) {
      value.kind = Value::Kind::list;
      value.items.reserve(known.size());
      for (const auto& child : known) read_into(value.items.emplace_back(), child, file, sources);
    } else if constexpr (toml::is_chronological<Known>) {
      value.kind = Value::Kind::scalar;
      value.scalar = as_text(known.get());
    } else {
      value.kind = Value::Kind::scalar;
      value.scalar = known.get();
    }
  });
}

/// "Error while parsing key-value pair: expected value, saw '\n'" without the bookkeeping.
std::string in_our_words(std::string what) {
  constexpr std::string_view kPrefix = "Error while parsing ";
  if (what.starts_with(kPrefix)) what = "in " + what.substr(kPrefix.size());
  constexpr std::string_view kNewline = "saw '\\n'";
  if (const size_t at = what.find(kNewline); at != std::string::npos)
    what.replace(at, kNewline.size(), "found the end of the line");
  return what;
}

/// What to write instead, for the commonest slips; "" where nobody can tell.
std::string hint_for(const std::string& line, std::string_view problem) {
  struct Slip {
    std::regex line;
    const char* fix;
  };
  static const std::vector<Slip> kSlips = {
      {std::regex(R"(\s*(//|--|;).*)"), "a comment begins with #"},
      {std::regex(R"(\s*\[[^\]]*)"), "the name of a table ends with ]: [nodes.NAME]"},
      {std::regex(R"([^=:"'#]*:.*)"), "a key and its value are joined by =: k = 32"},
      {std::regex(R"([^"'#]*('[^'"]*"|"[^'"]*')\s*)"), "text ends with the quote it began with"},
      {std::regex(R"([^="'#]*=\s*(?!true|false|inf|nan)[A-Za-z_./~$].*)"), "text stands in quotes"},
  };
  if (problem.find("redefine") != std::string_view::npos)
    return "a key stands once in its table, a table once in its file: put the two together";
  for (const auto& slip : kSlips)
    if (std::regex_match(line, slip.line)) return slip.fix;
  return {};
}

Value parse(const std::string& text, const std::string& file, const Sources& sources) {
  try {
    Value document;
    read_into(document, toml::parse(text, file), file, sources);
    return document;
  } catch (const toml::parse_error& error) {
    const Span span = span_of(error.source(), file, sources);
    throw WrongGraph(file,
                     {{span,
                       "not TOML: " + in_our_words(std::string(error.description())),
                       {},
                       hint_for(sources.line(span.place), error.description())}},
                     sources);
  }
}

}  // namespace

Value read_document(const std::filesystem::path& file, Sources& sources) {
  std::error_code unknown;
  std::ifstream in(file, std::ios::binary);
  if (!in || std::filesystem::is_directory(file, unknown))
    throw WrongGraph(file.string(),
                     {{Span::whole(file.string()),
                       std::string("cannot be read: ") + std::strerror(in ? EISDIR : errno)}},
                     sources);
  std::ostringstream text;
  text << in.rdbuf();
  sources.add(file.string(), text.str());
  return parse(text.str(), file.string(), sources);
}

Value parse_value(const std::string& text) {
  const auto only_value = [](const std::string& toml) -> std::optional<Value> {
    try {
      const Value document = parse("value = " + toml + "\n", "", Sources());
      if (document.entries.size() == 1) return document.entries.front().value;
    } catch (const WrongGraph&) {
      // Not TOML as it stands.
    }
    return std::nullopt;
  };
  if (const auto value = only_value(text)) return *value;
  const bool word = text.find_first_of("\"'[]{}=,#\n\r") == std::string::npos;
  if (const auto value = word ? only_value("'" + text + "'") : std::nullopt) return *value;
  throw Error("'" + text + "' is not a TOML value",
              "a number, true, false, \"text\", [1, 2] or a bare word");
}

}  // namespace bgraph::graph

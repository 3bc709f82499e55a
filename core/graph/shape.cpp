#include <bgraph/core/graph/shape.h>

#include <bgraph/core/graph/merge.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <string_view>

namespace bgraph::graph {

namespace {

using Problems = std::vector<Problem>;

const std::vector<std::string> kTables = {"extends", "graph",    "inputs", "nodes",
                                          "parts",   "profiles", "sweep"};
const std::vector<std::string> kProfileTables = {"extends", "graph", "nodes", "parts", "sweep"};
const std::vector<std::string> kPartKeys = {"file", "inputs", "nodes", "replace", "remove"};

/// Removes every entry for which `keep` is false; `keep` reports why.
template <class Keep>
void filter(Value& table, Keep keep) {
  size_t kept = 0;
  for (size_t i = 0; i < table.entries.size(); ++i) {
    if (!keep(table.entries[i])) continue;
    if (kept < i) table.entries[kept] = std::move(table.entries[i]);
    ++kept;
  }
  table.entries.erase(table.entries.begin() + static_cast<std::ptrdiff_t>(kept), table.entries.end());
}

bool require_table(const Entry& entry, const std::string& label, Problems& problems, const std::string& fix = {}) {
  if (entry.value.is_table()) return true;
  problems.push_back(
      {entry.value.span, fmt::format("{} is a table, found {}", label, entry.value.json().dump()), {}, fix});
  return false;
}

bool require_known(const Entry& entry, const std::vector<std::string>& known,
                   const std::string& where, Problems& problems) {
  if (std::find(known.begin(), known.end(), entry.key) != known.end()) return true;
  const std::string hint = did_you_mean(entry.key, known);
  problems.push_back({entry.span,
                      fmt::format("unknown key '{}' in {}", entry.key, where),
                      {},
                      hint.empty() ? fmt::format("known: {}", fmt::join(known, ", ")) : hint});
  return false;
}

/// Words of letters, digits, _ and -, joined by dots.
bool is_path(std::string_view name) {
  bool in_word = false;
  for (const unsigned char letter : name) {
    if (!std::isalnum(letter) && letter != '_' && letter != '-' && (letter != '.' || !in_word)) return false;
    in_word = letter != '.';
  }
  return in_word;
}

/// Nodes may carry the names they get inside parts ("low.bit"), so that a resolved graph can be read again.
bool require_name(const Entry& entry, const std::string& what, Problems& problems) {
  if (entry.key == "graph" || entry.key == "inputs") {
    problems.push_back({entry.span,
                        fmt::format("a {} may not be called '{}'", what, entry.key),
                        {},
                        fmt::format("'{}.' already has a meaning in references", entry.key)});
    return false;
  }
  if (is_path(entry.key) && (what == "node" || entry.key.find('.') == std::string::npos)) return true;
  problems.push_back(
      {entry.span,
       fmt::format("'{}' cannot name a {}: letters, digits, _ and - only", entry.key, what)});
  return false;
}

bool check_flag(const Entry& entry, Problems& problems) {
  if ((entry.key != "replace" && entry.key != "remove") || entry.value.scalar.is_boolean())
    return true;
  problems.push_back({entry.value.span, fmt::format("'{}' is true or false, found {}", entry.key,
                                                    entry.value.json().dump())});
  return false;
}

void check_nodes(Value& nodes, Problems& problems) {
  filter(nodes, [&](Entry& node) {
    if (!require_name(node, "node", problems) ||
        !require_table(node, "node '" + node.key + "'", problems, "[nodes." + node.key + "], and its keys below"))
      return false;
    filter(node.value, [&](Entry& entry) {
      return check_flag(entry, problems) &&
             (entry.key != "inputs" ||
              require_table(entry, "'inputs' of node '" + node.key + "'", problems, "inputs = { PORT = \"NODE.PORT\" }"));
    });
    return true;
  });
}

void check_parts(Value& parts, Problems& problems) {
  filter(parts, [&](Entry& part) {
    const std::string label = "part '" + part.key + "'";
    if (!require_name(part, "part", problems) || !require_table(part, label, problems))
      return false;
    filter(part.value, [&](Entry& entry) {
      if (!require_known(entry, kPartKeys, label, problems) || !check_flag(entry, problems))
        return false;
      if (entry.key == "file" && !entry.value.is_text()) {
        problems.push_back({entry.value.span, fmt::format("'file' of {} is a path, found {}", label,
                                                          entry.value.json().dump())});
        return false;
      }
      const bool table = entry.key == "inputs" || entry.key == "nodes";
      if (table && !require_table(entry, "'" + entry.key + "' of " + label, problems)) return false;
      if (entry.key == "nodes") check_nodes(entry.value, problems);
      return true;
    });
    return true;
  });
}

void check_tables(Value& document, const std::vector<std::string>& known, const std::string& where,
                  Problems& problems) {
  filter(document, [&](Entry& entry) {
    if (!require_known(entry, known, where, problems)) return false;
    if (entry.key == "extends") return true;
    if (!require_table(entry, "[" + entry.key + "]", problems, entry.key == "nodes" ? "[nodes.NAME] begins a node" : "")) return false;
    if (entry.key == "nodes") check_nodes(entry.value, problems);
    if (entry.key == "parts") check_parts(entry.value, problems);
    if (entry.key == "profiles")
      filter(entry.value, [&](Entry& profile) {
        const std::string label = "profile '" + profile.key + "'";
        if (!require_table(profile, label, problems)) return false;
        check_tables(profile.value, kProfileTables, label, problems);
        return true;
      });
    return true;
  });
}

}  // namespace

const std::vector<std::string>& reserved_node_keys() {
  static const std::vector<std::string> keys = {"type",   "inputs", "replace",   "remove",
                                                "stream", "device", "precision", "timeout_s",
                                                "memory_mib", "ranks"};
  return keys;
}

void check_shape(Value& document, Problems& problems) {
  check_tables(document, kTables, "a graph file", problems);
}

}  // namespace bgraph::graph

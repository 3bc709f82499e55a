// From a file and the command line to one flat list of nodes: extends, profiles, parts, --set.
//
// Order, later wins: the chain of `extends` from its root, the profile, the nodes of parts, --set.
#pragma once

#include <bgraph/core/graph/document.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace bgraph::graph {

/// What the command line says about a graph.
struct Choices {
  std::string profile;            // "" = the graph as written
  std::vector<std::string> sets;  // "node.param=value"
  std::filesystem::path data;     // what ${data} stands for; "" = not given
  std::optional<int64_t> seed;    // wins over [graph] seed
};

/// One graph with everything brought in, not yet compared with any plugin.
struct Resolved {
  std::string file;
  Value settings;            // [graph]
  std::vector<Entry> nodes;  // by full name ("low.bit"); references are full names too
  Value sweep;
};

/// Adds what is wrong to `problems` and goes on with what is left.
/// WrongGraph when a file cannot be read or is not TOML.
Resolved resolve(const std::filesystem::path& file, const Choices& choices, Sources& sources,
                 std::vector<Problem>& problems);

}  // namespace bgraph::graph

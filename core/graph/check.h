// From resolved text to a checked graph: everything that can be seen without running, all at once.
#pragma once

#include <bgraph/core/graph/graph.h>
#include <bgraph/core/graph/resolve.h>
#include <bgraph/core/registry/catalogue.h>

#include <filesystem>
#include <vector>

namespace bgraph::graph {

/// Everything known of a graph file after reading and checking it.
struct Checked {
  Graph graph;
  Resolved resolved;
  Sources sources;
  std::vector<Problem> problems;  // empty = the graph may run

  /// WrongGraph with all problems, if there are any.
  void require_right() const;
};

/// Reads and resolves; `check` is still to come. What is wrong with the graph is in `problems`, not thrown, except
/// that a file that cannot be read or is not TOML ends the reading (WrongGraph).
Checked read(const std::filesystem::path& file, const Choices& choices);

/// Compares what was read with what plugins offer; fills in the graph.
void check(Checked& checked, const registry::Catalogue& catalogue, const Choices& choices);

/// Both.
Checked load(const std::filesystem::path& file, const registry::Catalogue& catalogue,
             const Choices& choices);

}  // namespace bgraph::graph

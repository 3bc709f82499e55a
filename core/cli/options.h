// Options that several verbs share, and the one way from them to a checked graph.
#pragma once

#include <bgraph/core/cli/verb.h>
#include <bgraph/core/graph/check.h>
#include <bgraph/core/registry/find.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace bgraph::cli {

/// --plugins and --store.
struct PlaceOptions {
  std::vector<std::filesystem::path> plugins;
  std::filesystem::path store;  // --store, BGRAPH_STORE, ./store
};

/// A graph file and everything that changes what it means.
struct GraphOptions : PlaceOptions {
  std::filesystem::path file;
  std::string profile;
  std::vector<std::string> sets;
  std::filesystem::path data;  // --data, BGRAPH_DATA
  std::optional<int64_t> seed;
};

/// The words this process was started with; the shell's own quoting is lost.
std::vector<std::string> command_line();

void add_place_options(Verb& verb, PlaceOptions& options);
void add_graph_options(Verb& verb, GraphOptions& options);

struct LoadedGraph {
  graph::Checked checked;  // without problems
  registry::Found plugins;
};

/// Finds plugins, reads and checks the graph. WrongGraph with everything that is wrong with it.
LoadedGraph load_checked_graph(const GraphOptions& options);

/// The same without the refusal: problems stay in `checked`.
LoadedGraph load_graph(const GraphOptions& options);

/// Reads and checks one graph file. Plugins it names that a build tree has not built yet join `plugins` first.
graph::Checked load_file(const std::filesystem::path& file, const GraphOptions& options, registry::Found& plugins);

/// Finds plugins and says in one line what was rejected. Of a build tree, those of these types are built if need be.
registry::Found load_plugins(const PlaceOptions& options, const std::set<std::string>& types = {});

/// The same for a verb that speaks of all types.
registry::Found load_all_plugins(const PlaceOptions& options);

}  // namespace bgraph::cli

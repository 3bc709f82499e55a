// bgraph check GRAPH: everything that is wrong with a graph, at once.
//
//   exit code 0 and one line on stdout when it may run; 2 and all problems on stderr when not
#include <bgraph/core/cli/options.h>
#include <bgraph/core/cli/verbs.h>
#include <bgraph/core/sweep/expand.h>

#include <fmt/format.h>

#include <memory>

namespace bgraph::cli {

namespace {

/// Expands the sweep, which reads and checks the graphs on its axes.
size_t cells_of(const GraphOptions& options, LoadedGraph& loaded) {
  auto cells = sweep::expand(loaded.checked.graph, options.file.stem().string(), [&](const auto& file) {
    graph::Checked checked = load_file(file, options, loaded.plugins);
    checked.require_right();
    return checked.graph;
  });
  sweep::arrange(cells);
  return cells.size();
}

}  // namespace

void add_check(Verb& app, Action& action) {
  Verb* verb = app.add_subcommand("check", "Say everything that is wrong with a graph");
  auto options = std::make_shared<GraphOptions>();
  add_graph_options(*verb, *options);
  verb->footer("Examples:\n  bgraph check graphs/full.toml\n  bgraph check graphs/full.toml --profile paper --set clusters.k=64\n");
  verb->callback([options, &action] {
    action = [options] {
      auto loaded = load_checked_graph(*options);
      const auto& graph = loaded.checked.graph;
      const auto count = [](size_t number, const char* what) {
        return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
      };
      std::string text = count(graph.nodes.size(), "node");
      if (!graph.sweep.empty()) text += ", " + count(cells_of(*options, loaded), "cell");
      fmt::print("{}: right, {}\n", options->file.string(), text);
      return kSuccess;
    };
  });
}

}  // namespace bgraph::cli

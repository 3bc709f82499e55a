// bgraph check GRAPH: everything that is wrong with a graph, at once.
//
//   exit code 0 and one line on stdout when it may run; 2 and all problems on stderr when not
#include <bgraph/core/cli/options.h>
#include <bgraph/core/cli/verbs.h>

#include <fmt/format.h>

#include <memory>

namespace bgraph::cli {

void add_check(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand("check", "Say everything that is wrong with a graph");
  auto options = std::make_shared<GraphOptions>();
  add_graph_options(*verb, *options);
  verb->callback([options, &action] {
    action = [options] {
      const auto loaded = load_checked_graph(*options);
      const size_t nodes = loaded.checked.graph.nodes.size();
      fmt::print("{}: right, {} node{}\n", options->file.string(), nodes, nodes == 1 ? "" : "s");
      return kSuccess;
    };
  });
}

}  // namespace bgraph::cli

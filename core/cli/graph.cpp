// bgraph graph GRAPH: what a graph looks like once everything is brought in.
//
//   --svg (default), --dot, --mermaid, --resolved      -o FILE instead of stdout
//
// --resolved also answers for a wrong graph, because it shows why: then the problems follow on
// stderr and the exit code is 2.
#include <bgraph/core/cli/options.h>
#include <bgraph/core/cli/verbs.h>
#include <bgraph/core/graph/draw.h>
#include <bgraph/core/graph/write.h>

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

namespace bgraph::cli {

namespace {

struct GraphVerb : GraphOptions {
  bool svg = false, dot = false, mermaid = false, resolved = false;
  std::filesystem::path output;
};

void deliver(const std::string& text, const std::filesystem::path& file) {
  if (file.empty()) {
    fmt::print("{}", text);
    return;
  }
  std::ofstream out(file, std::ios::binary);
  if (!(out << text).flush()) throw Error("cannot write " + file.string() + ": " + std::strerror(errno));
}

int show(const GraphVerb& options) {
  const auto loaded = load_graph(options);
  const auto& checked = loaded.checked;
  if (options.resolved) deliver(graph::write_resolved(checked), options.output);
  checked.require_right();
  if (options.dot)
    deliver(graph::draw_dot(checked.graph), options.output);
  else if (options.mermaid)
    deliver(graph::draw_mermaid(checked.graph), options.output);
  else if (!options.resolved)
    deliver(graph::draw_svg(checked.graph), options.output);
  return kSuccess;
}

}  // namespace

void add_graph(Verb& app, Action& action) {
  Verb* verb = app.add_subcommand("graph", "Draw a graph, or write out what it comes to");
  auto options = std::make_shared<GraphVerb>();
  add_graph_options(*verb, *options);
  Verb* forms = verb->add_option_group("Form");
  forms->add_flag("--svg", options->svg, "SVG picture (the default)");
  forms->add_flag("--dot", options->dot, "DOT, for graphviz");
  forms->add_flag("--mermaid", options->mermaid, "Mermaid, for Markdown pages");
  forms->add_flag("--resolved", options->resolved,
                  "TOML with everything brought in and the origin of every value");
  forms->require_option(0, 1);
  verb->add_option("-o,--output", options->output, "File to write instead of stdout");
  verb->footer("Examples:\n  bgraph graph graphs/full.toml -o full.svg\n  bgraph graph graphs/full.toml --resolved\n");
  verb->callback([options, &action] { action = [options] { return show(*options); }; });
}

}  // namespace bgraph::cli

// bgraph new plugin NAME, bgraph new graph FILE: something right to start from.
//
//   new plugin smooth           smooth/: a node, its CMakeLists and a graph that uses it, for outside this tree
//   new plugin voxels.smooth    plugins/voxels/smooth.cpp and its test, inside this tree
//   new graph g.toml            a graph that runs on the toy brains
//   new graph g.toml --extends full.toml          an ablation
//   new graph g.toml io.toy_brains clusters.gmm   these nodes, wired where types leave no choice
//
// Nothing that is there is written over.
#include <bgraph/core/cli/options.h>
#include <bgraph/core/cli/templates.h>
#include <bgraph/core/cli/verbs.h>
#include <bgraph/core/store/durable.h>

#include <fmt/format.h>

#include <memory>
#include <regex>

namespace bgraph::cli {

namespace {

namespace fs = std::filesystem;

struct NewVerb : PlaceOptions {
  std::string plugin;
  fs::path graph, extends;
  std::vector<std::string> types;
};

void write_new(const fs::path& file, const std::string& text) {
  if (fs::exists(file)) throw Error(file.string() + " is there already", "choose another name, or remove it first");
  store::write_whole(fs::absolute(file), text);
  fmt::print("{}\n", file.string());
}

int write_plugin(const NewVerb& options) {
  static const std::regex kForm("([a-z][a-z0-9_]*\\.)?[a-z][a-z0-9_]*");
  if (!std::regex_match(options.plugin, kForm))
    throw Error("'" + options.plugin + "' cannot name a plugin", "small letters, digits and _: smooth, or voxels.smooth");
  const size_t dot = options.plugin.find('.');
  if (dot == std::string::npos) {
    const fs::path folder = options.plugin;
    if (fs::exists(folder)) throw Error(folder.string() + " is there already", "choose another name, or remove it first");
    write_new(folder / (options.plugin + ".cpp"), node_source(options.plugin, options.plugin));
    write_new(folder / "CMakeLists.txt", plugin_cmake(options.plugin));
    write_new(folder / "graph.toml", plugin_graph(options.plugin + "." + options.plugin));
    fmt::print("cmake -S {0} -B {0}/build && cmake --build {0}/build && bgraph check {0}/graph.toml --plugins {0}/build\n",
               options.plugin);
    return kSuccess;
  }
  const std::string room = options.plugin.substr(0, dot), name = options.plugin.substr(dot + 1);
  if (!fs::is_directory("plugins"))
    throw Error("there is no folder plugins/ here", "run it in the source tree, or name a plugin without a dot");
  const fs::path folder = fs::path("plugins") / room, tests = fs::path("tests/plugins") / room;
  if (!fs::exists(folder / "CMakeLists.txt")) write_new(folder / "CMakeLists.txt", "bgraph_plugin_per_file()\n");
  write_new(folder / (name + ".cpp"), node_source(room, name));
  write_new(tests / (name + "_test.cpp"), node_test(room, name));
  if (!fs::exists(tests / "CMakeLists.txt"))
    write_new(tests / "CMakeLists.txt",
              fmt::format("bgraph_test({0}_test SOURCES {1}_test.cpp\n  PLUGINS plugin_{0}_{1})\n", room, name));
  else
    fmt::print("add {1}_test.cpp and plugin_{0}_{1} to tests/plugins/{0}/CMakeLists.txt\n", room, name);
  return kSuccess;
}

int write_graph(const NewVerb& options) {
  if (!options.extends.empty()) {
    if (!fs::exists(options.extends)) throw Error("there is no graph " + options.extends.string());
    const fs::path from = fs::absolute(options.graph).parent_path();
    write_new(options.graph, ablation(fs::relative(options.extends, from).string()));
    return kSuccess;
  }
  const auto types = options.types.empty() ? toy_study() : options.types;
  const auto plugins = load_plugins(options, {types.begin(), types.end()});
  write_new(options.graph, graph_of(types, plugins.catalogue));
  return kSuccess;
}

}  // namespace

void add_new(Verb& app, Action& action) {
  Verb* verb = app.add_subcommand("new", "Start a plugin or a graph");
  verb->require_subcommand(1);
  verb->footer("Examples:\n  bgraph new plugin smooth\n  bgraph new plugin voxels.smooth\n  bgraph new graph study.toml\n"
               "  bgraph new graph k64.toml --extends graphs/full.toml\n");
  auto options = std::make_shared<NewVerb>();
  Verb* plugin = verb->add_subcommand("plugin", "A node that builds and runs, to be changed into yours");
  plugin->add_option("name", options->plugin, "NAME outside this tree, FOLDER.NAME inside it")->required();
  plugin->callback([options, &action] { action = [options] { return write_plugin(*options); }; });
  Verb* graph = verb->add_subcommand("graph", "A graph that is right");
  graph->add_option("file", options->graph, "File to write (.toml)")->required();
  graph->add_option("types", options->types, "Node types it is made of, in order");
  graph->add_option("--extends", options->extends, "Graph it changes: then it holds nothing else");
  add_place_options(*graph, *options);
  graph->callback([options, &action] { action = [options] { return write_graph(*options); }; });
}

}  // namespace bgraph::cli

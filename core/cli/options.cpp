#include <bgraph/core/cli/options.h>

#include <bgraph/core/cli/building.h>
#include <bgraph/core/store/durable.h>

#include <spdlog/spdlog.h>

namespace bgraph::cli {

void add_place_options(Verb& verb, PlaceOptions& options) {
  options.store = "store";
  verb.add_option("--plugins", options.plugins,
                  "Folder or file with plugins, searched first; may be given again")
      ->allow_extra_args(false);
  // BGRAPH_STORE: where values and keys live when --store does not say.
  verb.add_option("--store", options.store, "Folder of values and keys")
      ->envname("BGRAPH_STORE")
      ->capture_default_str();
}

void add_graph_options(Verb& verb, GraphOptions& options) {
  verb.add_option("graph", options.file, "Graph file (TOML)")->required();
  verb.add_option("--profile", options.profile, "Use the overrides of [profiles.NAME]");
  verb.add_option("--set", options.sets,
                  "NODE.PARAMETER=VALUE, wins over everything; may be given again")
      ->allow_extra_args(false);
  // BGRAPH_DATA: what ${data} stands for in graphs when --data does not say.
  verb.add_option("--data", options.data, "Folder that ${data} in the graph stands for")
      ->envname("BGRAPH_DATA");
  verb.add_option("--seed", options.seed, "Seed of the run, instead of the graph's");
  add_place_options(verb, options);
}

std::vector<std::string> command_line() {
  std::vector<std::string> words(1);
  for (const char letter : store::read_text("/proc/self/cmdline"))
    if (letter == '\0')
      words.emplace_back();
    else
      words.back() += letter;
  if (words.back().empty()) words.pop_back();
  return words;
}

namespace {

registry::Found find(const PlaceOptions& options) {
  return registry::find_plugins(registry::usual_search(options.plugins));
}

/// Finds plugins again if those that were missing could be built.
registry::Found completed(registry::Found found, const std::set<std::string>& missing, const PlaceOptions& options) {
  if (build(missing)) found = find(options);
  if (const std::string summary = found.summary(); !summary.empty()) spdlog::warn("{}", summary);
  return found;
}

}  // namespace

registry::Found load_plugins(const PlaceOptions& options, const std::set<std::string>& types) {
  registry::Found found = find(options);
  const auto missing = found.declared.unbuilt(types);
  return completed(std::move(found), missing, options);
}

registry::Found load_all_plugins(const PlaceOptions& options) {
  registry::Found found = find(options);
  const auto missing = found.declared.unbuilt();
  return completed(std::move(found), missing, options);
}

graph::Checked load_file(const std::filesystem::path& file, const GraphOptions& options, registry::Found& plugins) {
  const graph::Choices choices{options.profile, options.sets, options.data, options.seed};
  graph::Checked checked = graph::read(file, choices);
  if (!plugins.declared.all_built()) {
    const auto types = types_named(checked.resolved, options.data, plugins.declared);
    if (build(plugins.declared.unbuilt(types))) plugins = find(options);
  }
  graph::check(checked, plugins.catalogue, choices);
  return checked;
}

LoadedGraph load_graph(const GraphOptions& options) {
  LoadedGraph loaded{{}, load_plugins(options)};
  loaded.checked = load_file(options.file, options, loaded.plugins);
  return loaded;
}

LoadedGraph load_checked_graph(const GraphOptions& options) {
  LoadedGraph loaded = load_graph(options);
  loaded.checked.require_right();
  return loaded;
}

}  // namespace bgraph::cli

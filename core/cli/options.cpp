#include <bgraph/core/cli/options.h>
#include <bgraph/core/store/durable.h>

#include <spdlog/spdlog.h>

namespace bgraph::cli {

void add_place_options(CLI::App& verb, PlaceOptions& options) {
  options.store = "store";
  verb.add_option("--plugins", options.plugins,
                  "Folder or file with plugins, searched first; may be given again")
      ->allow_extra_args(false);
  // BGRAPH_STORE: where values and keys live when --store does not say.
  verb.add_option("--store", options.store, "Folder of values and keys")
      ->envname("BGRAPH_STORE")
      ->capture_default_str();
}

void add_graph_options(CLI::App& verb, GraphOptions& options) {
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

registry::Found load_plugins(const PlaceOptions& options) {
  auto found = registry::find_plugins(registry::usual_search(options.plugins));
  if (const std::string summary = found.summary(); !summary.empty()) spdlog::warn("{}", summary);
  return found;
}

LoadedGraph load_graph(const GraphOptions& options) {
  LoadedGraph loaded{{}, load_plugins(options)};
  const graph::Choices choices{options.profile, options.sets, options.data, options.seed};
  loaded.checked = graph::load(options.file, loaded.plugins.catalogue, choices);
  return loaded;
}

LoadedGraph load_checked_graph(const GraphOptions& options) {
  LoadedGraph loaded = load_graph(options);
  loaded.checked.require_right();
  return loaded;
}

}  // namespace bgraph::cli

#include <bgraph/core/cli/candidates.h>

#include <bgraph/core/cli/command_words.h>
#include <bgraph/core/cli/options.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>
#include <map>

namespace bgraph::cli {

namespace fs = std::filesystem;

namespace {

using Words = std::vector<std::string>;

const Words kPrecisions = {"float32", "float64", "bfloat16", "float16"};
const Words kDevices = {"cpu", "cuda", "cuda:0"};

/// bash cuts a word at '=': "--set a.b=1" arrives as "a.b" "=" "1". Returns what to take off each candidate.
std::string join_assignment(Words& words) {
  for (size_t i = 1; i + 1 <= words.size(); ++i) {
    if (words[i] != "=") continue;
    const std::string value = i + 1 < words.size() ? words[i + 1] : "";
    const bool last = i + 2 >= words.size();
    const std::string name = words[i - 1] + "=";
    words[i - 1] = name + value;
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(i),
                words.begin() + static_cast<std::ptrdiff_t>(std::min(i + 2, words.size())));
    if (last) return name;
  }
  return {};
}

bool takes_value(const CLI::App& verb, const std::string& word) {
  const CLI::Option* option = verb.get_option_no_throw(word);
  return option != nullptr && option->get_expected_min() > 0;
}

/// The graph on the line, read as far as it can be; nothing if there is none.
std::optional<LoadedGraph> graph_on(const Words& words) {
  for (const auto& word : words) {
    std::error_code unknown;
    if (!word.ends_with(".toml") || !fs::is_regular_file(word, unknown)) continue;
    GraphOptions options;
    options.file = word;
    options.store = "store";
    return load_graph(options);
  }
  return std::nullopt;
}

Words nodes_on(const Words& words) {
  Words names;
  if (const auto loaded = graph_on(words))
    for (const auto& node : loaded->checked.graph.nodes) names.push_back(node.name);
  return names;
}

/// "clusters.k=" for every parameter; once the '=' is there, the values it may take.
Words settings_on(const Words& words) {
  const auto loaded = graph_on(words);
  if (!loaded) return {};
  const std::string& typed = words.back();
  Words found;
  for (const auto& node : loaded->checked.graph.nodes) {
    const NodeSpec* spec = loaded->plugins.catalogue.node(node.type);
    if (!spec) continue;
    for (const auto& param : spec->params) {
      const std::string name = node.name + "." + param.name + "=";
      if (!typed.starts_with(name)) {
        found.push_back(name);
        continue;
      }
      for (const auto& choice : param.choices) found.push_back(name + choice);
      if (param.kind == ParamKind::boolean) found.insert(found.end(), {name + "true", name + "false"});
      if (param.choices.empty() && param.fallback.is_number()) found.push_back(name + param.fallback.dump());
    }
  }
  return found;
}

Words profiles_on(const Words& words) {
  Words names;
  for (const auto& word : words) {
    std::error_code unknown;
    if (!word.ends_with(".toml") || !fs::is_regular_file(word, unknown)) continue;
    graph::Sources sources;
    const auto document = graph::read_document(word, sources);
    if (const auto* profiles = document.find("profiles"))
      for (const auto& entry : profiles->entries) names.push_back(entry.key);
  }
  return names;
}

Words types() {
  const auto found = registry::find_plugins(registry::usual_search({}));
  Words names = found.catalogue.node_types();
  for (auto& type : found.catalogue.component_types()) names.push_back(std::move(type));
  return names;
}

Words runs() {
  Words names;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("runs", none))
    if (fs::exists(entry.path() / "manifest.json", none)) names.push_back(entry.path().filename());
  return names;
}

Words values_of(const std::string& option, const Words& words) {
  if (option == "--set") return settings_on(words);
  if (option == "--only") return nodes_on(words);
  if (option == "--profile") return profiles_on(words);
  if (option == "--device") return kDevices;
  if (option == "--precision") return kPrecisions;
  return {};
}

/// What stands where a verb expects a word of its own.
Words words_of(const std::string& verb, const CLI::App& app) {
  if (const Words inner = verbs_of(app); !inner.empty()) return inner;
  if (verb == "inspect" || verb == "graph" /* bgraph new graph */) return types();
  if (verb == "completion") return {"bash", "fish", "zsh"};
  static const Words kOfRuns = {"report", "diff", "export", "replay", "certify"};
  return std::find(kOfRuns.begin(), kOfRuns.end(), verb) == kOfRuns.end() ? Words{} : runs();
}

Words found_for(CLI::App& app, const Words& words) {
  CLI::App* verb = &app;
  size_t next = 0;
  while (next + 1 < words.size()) {
    CLI::App* inner = inner_verb(*verb, words[next]);
    if (inner == nullptr) break;
    verb = inner;
    ++next;
  }
  const std::string& last = words.back();
  if (verb == &app) return last.starts_with("-") ? options_of(app) : verbs_of(app);
  if (words.size() >= 2 && takes_value(*verb, words[words.size() - 2])) return values_of(words[words.size() - 2], words);
  if (last.starts_with("-")) return options_of(*verb);
  // `bgraph graph FILE` names a file; `bgraph new graph NAME TYPES...` names types.
  if (verb->get_name() == "graph" && verb->get_parent() == &app) return {};
  return words_of(verb->get_name(), *verb);
}

}  // namespace

std::vector<std::string> candidates(CLI::App& app, std::vector<std::string> words) {
  if (words.empty()) words.emplace_back();
  const std::string cut = join_assignment(words);
  Words found;
  try {
    found = found_for(app, words);
  } catch (const std::exception&) {
    return {};
  }
  std::erase_if(found, [&](const std::string& word) { return !word.starts_with(words.back()); });
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  for (auto& word : found) word.erase(0, cut.size());
  return found;
}

}  // namespace bgraph::cli

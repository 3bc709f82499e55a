#include <bgraph/core/graph/resolve.h>

#include <bgraph/core/graph/chain.h>
#include <bgraph/core/graph/merge.h>
#include <bgraph/core/graph/parts.h>

#include <algorithm>

namespace bgraph::graph {

namespace {

using Problems = std::vector<Problem>;

std::vector<std::string> names_of(const std::vector<Entry>& nodes) {
  std::vector<std::string> names;
  for (const auto& node : nodes) names.push_back(node.key);
  return names;
}

/// The table that "clusters.k", "clusters.inputs.voxels" or "graph.seed" writes to, without its last key.
Value* target_of(Resolved& resolved, std::string path, const Span& span, Problems& problems) {
  if (path == "graph") return &resolved.settings;
  constexpr std::string_view kInputs = ".inputs";
  const bool inputs = path.ends_with(kInputs);
  if (inputs) path.resize(path.size() - kInputs.size());
  const auto node = std::find_if(resolved.nodes.begin(), resolved.nodes.end(),
                                 [&](const Entry& entry) { return entry.key == path; });
  if (node == resolved.nodes.end()) {
    problems.push_back({span,
                        "the graph has no node '" + path + "'",
                        {},
                        did_you_mean(path, names_of(resolved.nodes))});
    return nullptr;
  }
  if (!inputs) return &node->value;
  if (!node->value.find("inputs")) node->value.entries.push_back({"inputs", node->span, Value{}});
  return node->value.find("inputs");
}

void apply_set(Resolved& resolved, const std::string& text, Problems& problems) {
  const std::string layer = "--set " + text;
  const Span span = Span::whole(layer);
  const size_t equals = text.find('=');
  const size_t dot = text.substr(0, equals).rfind('.');
  if (equals == std::string::npos || dot == std::string::npos || dot + 1 == equals) {
    problems.push_back({span, "expected NODE.PARAMETER=VALUE", {}, "--set clusters.k=64"});
    return;
  }
  const std::string key = text.substr(dot + 1, equals - dot - 1);
  Value* target = target_of(resolved, text.substr(0, dot), span, problems);
  if (!target) return;
  if (key == "inputs" || key == "replace" || key == "remove") {
    problems.push_back({span,
                        "'" + key + "' cannot be set on the command line",
                        {},
                        key == "inputs" ? "--set NODE.inputs.PORT=REFERENCE" : ""});
    return;
  }
  Value value;
  try {
    value = parse_value(text.substr(equals + 1));
  } catch (const Error& error) {
    problems.push_back({span, error.what(), {}, error.fix()});
    return;
  }
  set_layer(value, layer);
  const auto here = [&](auto&& self, Value& part) -> void {
    part.span = span;
    for (auto& item : part.items) self(self, item);
    for (auto& entry : part.entries) self(self, entry.value), entry.span = span;
  };
  here(here, value);
  target->erase(key);
  target->entries.push_back({key, span, std::move(value)});
}

void apply_seed(Value& settings, int64_t seed) {
  Value value;
  value.kind = Value::Kind::scalar;
  value.scalar = seed;
  value.layer = "--seed " + std::to_string(seed);
  value.span = Span::whole(value.layer);
  settings.erase("seed");
  settings.entries.push_back({"seed", value.span, value});
}

Value take(Value& document, const std::string& key) {
  Value* found = document.find(key);
  return found ? std::move(*found) : Value{};
}

}  // namespace

Resolved resolve(const std::filesystem::path& file, const Choices& choices, Sources& sources,
                 Problems& problems) {
  Chain chain(choices.profile, sources, problems);
  Value document = chain.read(file);
  Resolved resolved{file.string(), {}, {}, {}};
  if (const Entry* inputs = document.entry("inputs"))
    problems.push_back(
        {inputs->span,
         "this graph has [inputs]: it is a part of other graphs and cannot run alone",
         {},
         "bring it in with [parts.NAME] file = \"" + file.filename().string() + "\""});
  leave_inputs_open(document, problems);
  resolved.settings = take(document, "graph");
  resolved.sweep = take(document, "sweep");
  resolved.nodes = flatten(std::move(document), "", chain);
  if (!choices.profile.empty() && !chain.profile_found())
    problems.push_back({Span::whole("--profile " + choices.profile),
                        file.string() + " has no profile '" + choices.profile + "'",
                        {},
                        did_you_mean(choices.profile, chain.profiles_seen())});
  for (const auto& set : choices.sets) apply_set(resolved, set, problems);
  if (choices.seed) apply_seed(resolved.settings, *choices.seed);
  return resolved;
}

}  // namespace bgraph::graph

// [graph] and the keys of a node that are not parameters: declared once, as data, like any parameter.
#include <bgraph/core/graph/checking.h>
#include <bgraph/core/graph/shape.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <regex>

namespace bgraph::graph {

namespace {

const std::vector<ParamSpec> kSettings = {
    {.name = "title", .kind = ParamKind::text},
    {.name = "description", .kind = ParamKind::text},
    {.name = "seed", .kind = ParamKind::integer, .minimum = 0},
    {.name = "threads", .kind = ParamKind::integer, .minimum = 1, .maximum = 1024},
    {.name = "memory_mib", .kind = ParamKind::integer, .minimum = 0},
    {.name = "budget", .kind = ParamKind::text},
    {.name = "targets", .kind = ParamKind::texts},
    {.name = "final_targets", .kind = ParamKind::texts}};

const std::vector<ParamSpec> kNodeKeys = {
    {.name = "type", .kind = ParamKind::text},
    {.name = "stream", .kind = ParamKind::text},
    {.name = "device", .kind = ParamKind::text},
    {.name = "precision",
     .kind = ParamKind::text,
     .choices = {"float32", "float64", "bfloat16", "float16"}},
    {.name = "timeout_s", .kind = ParamKind::integer, .minimum = 0},
    {.name = "memory_mib", .kind = ParamKind::integer, .minimum = 0}};

/// The value under `key` when it is there and right; null otherwise, having told what is wrong.
Json take(Checking& checking, const Value& table, const std::vector<ParamSpec>& specs,
          const std::string& key, const std::string& owner) {
  const Value* value = table.find(key);
  if (!value) return nullptr;
  const auto spec = std::find_if(specs.begin(), specs.end(),
                                 [&](const ParamSpec& known) { return known.name == key; });
  const std::string problem = param_problem(*spec, value->json());
  if (problem.empty()) return value->json();
  checking.report(value->span, fmt::format("{}: '{}': {}", owner, key, problem));
  return nullptr;
}

void check_device(Checking& checking, const Value& table, const std::string& device,
                  const std::string& owner) {
  static const std::regex kDevice("cpu|cuda(:[0-9]+)?");
  if (device.empty() || std::regex_match(device, kDevice)) return;
  checking.report(
      table.find("device")->span,
      fmt::format("{}: 'device': expected cpu, cuda or cuda:N, found '{}'", owner, device));
}

void check_targets(Checking& checking, const Value& targets) {
  std::vector<std::string> names;
  for (const auto& node : checking.graph.nodes) names.push_back(node.name);
  for (const auto& target : targets.items)
    if (target.is_text() && !checking.index.count(target.text()))
      checking.report(target.span,
                      fmt::format("[graph]: target '{}' is no node of this graph", target.text()),
                      did_you_mean(target.text(), names));
}

}  // namespace

void check_settings(Checking& checking) {
  const Value& table = checking.resolved.settings;
  Settings& settings = checking.graph.settings;
  for (const auto& entry : table.entries) {
    const auto known = names_of(kSettings);
    if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
    const std::string hint = did_you_mean(entry.key, known);
    checking.report(entry.span, fmt::format("unknown key '{}' in [graph]", entry.key),
                    hint.empty() ? fmt::format("known: {}", fmt::join(known, ", ")) : hint);
  }
  const auto read = [&](const char* key, auto& target) {
    const Json value = take(checking, table, kSettings, key, "[graph]");
    if (!value.is_null()) value.get_to(target);
  };
  read("title", settings.title);
  read("description", settings.description);
  read("seed", settings.seed);
  read("threads", settings.threads);
  read("memory_mib", settings.memory_mib);
  read("budget", settings.budget);
  read("targets", settings.targets);
  read("final_targets", settings.final_targets);
  for (const char* key : {"targets", "final_targets"})
    if (const Value* targets = table.find(key)) check_targets(checking, *targets);
}

void check_node_keys(Checking& checking, const Entry& entry) {
  const std::string owner = fmt::format("node '{}'", entry.key);
  Node node{.name = entry.key, .place = entry.span.place};
  const auto read = [&](const char* key, auto& target) {
    const Json value = take(checking, entry.value, kNodeKeys, key, owner);
    if (!value.is_null()) value.get_to(target);
  };
  read("type", node.type);
  read("stream", node.stream);
  read("device", node.device);
  read("precision", node.precision);
  read("timeout_s", node.timeout_s);
  read("memory_mib", node.memory_mib);
  check_device(checking, entry.value, node.device, owner);

  const NodeSpec* spec = checking.catalogue.node(node.type);
  const Value* type = entry.value.find("type");
  if (!type) {
    std::vector<std::string> others;
    for (const auto& other : checking.resolved.nodes)
      if (other.value.find("type")) others.push_back(other.key);
    const std::string hint = did_you_mean(entry.key, others);
    checking.report(entry.span, fmt::format("{} has no type", owner),
                    hint.empty() ? "type = \"FOLDER.NODE\"; `bgraph inspect` lists them" : hint);
  } else if (!spec && !node.type.empty()) {
    const std::string hint = did_you_mean(node.type, checking.catalogue.node_types());
    checking.report(
        type->span, fmt::format("{}: no plugin offers the type '{}'", owner, node.type),
        hint.empty() ? "`bgraph inspect` lists all types, `bgraph doctor` rejected plugins" : hint);
  }
  checking.index[node.name] = checking.graph.nodes.size();
  checking.graph.nodes.push_back(std::move(node));
  checking.specs.push_back(spec);
}

}  // namespace bgraph::graph

// [graph] and the keys of a node that are not parameters: declared once, as data, like any parameter.
#include <bgraph/core/graph/checking.h>
#include <bgraph/core/graph/shape.h>
#include <bgraph/sdk/contract/declared_ports.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <regex>
#include <string_view>

namespace bgraph::graph {

const std::vector<ParamSpec>& settings_specs() {
  static const std::vector<ParamSpec> specs = {
      {.name = "title", .kind = ParamKind::text, .doc = "what it is, for people"},
      {.name = "description", .kind = ParamKind::text, .doc = "the same in a sentence or two"},
      {.name = "seed", .kind = ParamKind::integer, .minimum = 0, .doc = "of all random numbers"},
      {.name = "threads", .kind = ParamKind::integer, .minimum = 1, .maximum = 1024,
       .doc = "per worker; part of the numeric profile"},
      {.name = "memory_mib", .kind = ParamKind::integer, .minimum = 0,
       .doc = "that a worker may hold at most; 0: no limit"},
      {.name = "budget", .kind = ParamKind::text, .doc = "what a run costs, for people"},
      {.name = "targets", .kind = ParamKind::texts, .doc = "nodes to run, with all they need; default: all"},
      {.name = "final_targets", .kind = ParamKind::texts,
       .doc = "nodes that look at test data: run with --final only"}};
  return specs;
}

const std::vector<ParamSpec>& node_key_specs() {
  static const std::vector<ParamSpec> specs = {
      {.name = "type", .kind = ParamKind::text, .doc = "what it is: FOLDER.NODE"},
      {.name = "stream", .kind = ParamKind::text,
       .doc = "name of its random numbers; nodes of one stream draw the same; default: the type"},
      {.name = "device", .kind = ParamKind::text, .doc = "cpu, cuda or cuda:N; default: the run's"},
      {.name = "precision", .kind = ParamKind::text, .choices = {"float32", "float64", "bfloat16", "float16"},
       .doc = "of its floating-point numbers; default: the run's"},
      {.name = "timeout_s", .kind = ParamKind::integer, .minimum = 0, .doc = "seconds after which it counts as hanging"},
      {.name = "memory_mib", .kind = ParamKind::integer, .minimum = 0, .doc = "that its worker may hold at most"},
      {.name = "ranks", .kind = ParamKind::integer, .minimum = 1, .maximum = 4096,
       .doc = "processes that train it together, each on its share of every batch; not in the key"}};
  return specs;
}

namespace {

/// The value under `key` when it is there and right; null otherwise, having told what is wrong.
Json take(Checking& checking, const Value& table, const std::vector<ParamSpec>& specs,
          std::string_view key, const Owner& owner) {
  const Value* value = table.find(key);
  if (!value) return nullptr;
  const auto spec = std::find_if(specs.begin(), specs.end(),
                                 [&](const ParamSpec& known) { return known.name == key; });
  Json json = value->json();
  const std::string problem = param_problem(*spec, json);
  if (problem.empty()) return json;
  checking.report(value->span, fmt::format("{}: '{}': {}", owner(), key, problem));
  return nullptr;
}

void check_device(Checking& checking, const Value& table, const std::string& device, const Owner& owner) {
  if (device.empty()) return;
  static const std::regex kDevice("cpu|cuda(:[0-9]+)?");
  if (std::regex_match(device, kDevice)) return;
  checking.report(
      table.find("device")->span,
      fmt::format("{}: 'device': expected cpu, cuda or cuda:N, found '{}'", owner(), device));
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

void add_port(std::vector<PortSpec>& ports, const PortSpec& port) {
  for (const auto& other : ports)
    if (other.name == port.name) throw Error("the port '" + port.name + "' is declared twice");
  ports.push_back(port);
}

/// The node with the ports its own table declares; each that is wrong is told and left out.
const NodeSpec* with_own_ports(Checking& checking, const NodeSpec& spec, const Value& table, const Owner& owner) {
  NodeSpec own = spec;
  const Json nothing = Json::array();
  for (const char* list : {kTakes, kGives}) {
    const Value* texts = table.find(list);
    if (!texts) continue;
    const bool takes = list == kTakes;
    for (const auto& item : texts->items) {
      const Json one = Json::array({item.json()});
      try {
        const NodeSpec part = with_declared_ports(spec, takes ? one : nothing, takes ? nothing : one);
        for (const auto& port : part.inputs) add_port(own.inputs, port);
        for (const auto& port : part.outputs) add_port(own.outputs, port);
      } catch (const Error& error) {
        checking.report(item.span, fmt::format("{}: '{}': {}", owner(), list, error.what()), error.fix());
      }
    }
  }
  checking.own_specs.push_back(std::move(own));
  return &checking.own_specs.back();
}

}  // namespace

void check_settings(Checking& checking) {
  const Value& table = checking.resolved.settings;
  Settings& settings = checking.graph.settings;
  for (const auto& entry : table.entries) {
    const auto known = names_of(settings_specs());
    if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
    const std::string hint = did_you_mean(entry.key, known);
    checking.report(entry.span, fmt::format("unknown key '{}' in [graph]", entry.key),
                    hint.empty() ? fmt::format("known: {}", fmt::join(known, ", ")) : hint);
  }
  const auto read = [&](const char* key, auto& target) {
    const Json value = take(checking, table, settings_specs(), key, [] { return "[graph]"; });
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
  const Owner owner = [&] { return fmt::format("node '{}'", entry.key); };
  Node node{.name = entry.key, .place = entry.span.place};
  const auto read = [&](const char* key, auto& target) {
    const Json value = take(checking, entry.value, node_key_specs(), key, owner);
    if (!value.is_null()) value.get_to(target);
  };
  read("type", node.type);
  read("stream", node.stream);
  read("device", node.device);
  read("precision", node.precision);
  read("timeout_s", node.timeout_s);
  read("memory_mib", node.memory_mib);
  read("ranks", node.ranks);
  check_device(checking, entry.value, node.device, owner);

  const NodeSpec* spec = checking.catalogue.node(node.type);
  const Value* type = entry.value.find("type");
  if (!type || (type->is_text() && type->text().empty())) {
    std::vector<std::string> others;
    for (const auto& other : checking.resolved.nodes)
      if (other.key != entry.key && other.value.find("type")) others.push_back(other.key);
    const std::string hint = did_you_mean(entry.key, others);
    checking.report(entry.span, fmt::format("{} has no type", owner()),
                    hint.empty() ? "type = \"FOLDER.NODE\"; `bgraph inspect` lists them" : hint);
  } else if (!spec && !node.type.empty()) {
    const std::string hint = checking.catalogue.advice(node.type);
    checking.report(
        type->span, fmt::format("{}: no plugin offers the type '{}'", owner(), node.type),
        hint.empty() ? "`bgraph inspect` lists all types, `bgraph doctor` rejected plugins" : hint);
  }
  if (spec && spec->declares_ports) spec = with_own_ports(checking, *spec, entry.value, owner);
  checking.index[node.name] = checking.graph.nodes.size();
  checking.graph.nodes.push_back(std::move(node));
  checking.specs.push_back(spec);
}

}  // namespace bgraph::graph

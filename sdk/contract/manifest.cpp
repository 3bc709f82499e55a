#include <bgraph/sdk/contract/manifest.h>

#include <bgraph/sdk/contract/error.h>

#include <array>

namespace bgraph {

namespace {

constexpr std::array<const char*, 10> kKindNames = {
    "integer", "number", "boolean", "text", "integers", "numbers", "texts", "file", "folder", "table"};

ParamKind kind_from(const std::string& text) {
  for (size_t i = 0; i < kKindNames.size(); ++i)
    if (text == kKindNames[i]) return static_cast<ParamKind>(i);
  throw Error("unknown parameter kind '" + text + "' in a manifest");
}

Json to_json(const ParamSpec& spec) {
  return {{"name", spec.name},         {"kind", to_text(spec.kind)},
          {"default", spec.fallback},  {"minimum", spec.minimum},
          {"maximum", spec.maximum},   {"above_minimum", spec.above_minimum},
          {"choices", spec.choices},   {"operational", spec.operational},
          {"files", spec.files},       {"doc", spec.doc}};
}

ParamSpec param_from(const Json& json) {
  return {.name = json.at("name"),
          .kind = kind_from(json.at("kind")),
          .fallback = json.at("default"),
          .minimum = json.at("minimum"),
          .maximum = json.at("maximum"),
          .above_minimum = json.at("above_minimum"),
          .choices = json.at("choices"),
          .operational = json.at("operational"),
          .files = json.value("files", std::vector<std::string>()),
          .doc = json.at("doc")};
}

Json to_json(const PortSpec& port) {
  return {{"name", port.name},         {"type", port.type},         {"dims", port.dims},
          {"dtype", port.dtype},       {"doc", port.doc},           {"list", port.list},
          {"optional", port.optional}, {"fits", port.fits},         {"transductive", port.transductive},
          {"each", port.each},         {"split", port.split}};
}

PortSpec port_from(const Json& json) {
  return {.name = json.at("name"),         .type = json.at("type"),
          .dims = json.at("dims"),         .dtype = json.at("dtype"),
          .doc = json.at("doc"),           .list = json.at("list"),
          .optional = json.at("optional"), .fits = json.at("fits"),
          .transductive = json.at("transductive"), .each = json.at("each"),
          .split = json.at("split")};
}

Json to_json(const ComponentSpec& component);

template <class T>
Json list_to_json(const std::vector<T>& items) {
  Json list = Json::array();
  for (const auto& item : items) list.push_back(to_json(item));
  return list;
}

template <class Parse>
auto list_from(const Json& json, Parse parse) {
  std::vector<decltype(parse(json))> items;
  for (const auto& item : json) items.push_back(parse(item));
  return items;
}

NodeSpec node_from(const Json& json) {
  return {.type = json.at("type"),
          .summary = json.at("summary"),
          .doc = json.at("doc"),
          .source = json.at("source"),
          .inputs = list_from(json.at("inputs"), port_from),
          .outputs = list_from(json.at("outputs"), port_from),
          .params = list_from(json.at("params"), param_from),
          .draws = json.at("draws"),
          .map_chunk = json.at("map_chunk"),
          .memory = json.at("memory"),
          .declares_ports = json.at("declares_ports")};
}

Json to_json(const ComponentSpec& component) {
  return {{"type", component.type},
          {"interface", component.interface},
          {"summary", component.summary},
          {"doc", component.doc},
          {"source", component.source},
          {"params", list_to_json(component.params)}};
}

ComponentSpec component_from(const Json& json) {
  return {.type = json.at("type"),
          .interface = json.at("interface"),
          .summary = json.at("summary"),
          .doc = json.at("doc"),
          .source = json.at("source"),
          .params = list_from(json.at("params"), param_from)};
}

const PortSpec* find_port(const std::vector<PortSpec>& ports, const std::string& name) {
  for (const auto& port : ports)
    if (port.name == name) return &port;
  return nullptr;
}

}  // namespace

const PortSpec* NodeSpec::input(const std::string& name) const { return find_port(inputs, name); }
const PortSpec* NodeSpec::output(const std::string& name) const { return find_port(outputs, name); }

const PortSpec* NodeSpec::map_input() const {
  for (const auto& port : inputs)
    if (port.each) return &port;
  return nullptr;
}

std::string to_text(ParamKind kind) { return kKindNames[static_cast<size_t>(kind)]; }

Json to_json(const NodeSpec& node) {
  return {{"type", node.type},
          {"summary", node.summary},
          {"doc", node.doc},
          {"source", node.source},
          {"inputs", list_to_json(node.inputs)},
          {"outputs", list_to_json(node.outputs)},
          {"params", list_to_json(node.params)},
          {"draws", node.draws},
          {"map_chunk", node.map_chunk},
          {"memory", node.memory},
          {"declares_ports", node.declares_ports}};
}

Json to_json(const Manifest& manifest) {
  return {{"plugin", manifest.plugin},
          {"version", manifest.version},
          {"nodes", list_to_json(manifest.nodes)},
          {"components", list_to_json(manifest.components)},
          {"semantic_version", manifest.semantic_version}};
}

Manifest manifest_from_json(const Json& json) {
  try {
    return {.plugin = json.at("plugin"),
            .version = json.at("version"),
            .nodes = list_from(json.at("nodes"), node_from),
            .components = list_from(json.at("components"), component_from),
            .semantic_version = json.at("semantic_version")};
  } catch (const Json::exception& error) {
    throw Error(std::string("malformed plugin manifest: ") + error.what(), "rebuild the plugin");
  }
}

std::string identity_of(const std::string& plugin, const std::string& semantic_version, const std::string& build_id) {
  return semantic_version.empty() ? build_id : plugin + " " + semantic_version;
}

std::vector<std::string> names_of(const std::vector<ParamSpec>& specs) {
  std::vector<std::string> names;
  for (const auto& spec : specs) names.push_back(spec.name);
  return names;
}

std::vector<std::string> names_of(const std::vector<PortSpec>& ports) {
  std::vector<std::string> names;
  for (const auto& port : ports) names.push_back(port.name);
  return names;
}

}  // namespace bgraph

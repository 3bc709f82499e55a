#include <bgraph/core/graph/schema.h>

#include <bgraph/core/graph/checking.h>

namespace bgraph::graph {

namespace {

constexpr char kFrom[] = "#/definitions/";

Json text(const std::string& description = {}) {
  Json schema = {{"type", "string"}};
  if (!description.empty()) schema["description"] = description;
  return schema;
}

Json list_of(Json items, const std::string& description = {}) {
  Json schema = {{"type", "array"}, {"items", std::move(items)}};
  if (!description.empty()) schema["description"] = description;
  return schema;
}

/// A table that may hold these keys alone.
Json closed_table(Json properties) {
  return {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
}

Json table_of(Json values) { return {{"type", "object"}, {"additionalProperties", std::move(values)}}; }

Json reference(const std::string& definition) { return {{"$ref", kFrom + definition}}; }

/// One value of a parameter, without its list.
Json element(const ParamSpec& spec, const char* type) {
  Json schema = {{"type", type}};
  if (!spec.minimum.is_null()) schema["minimum"] = spec.minimum;
  if (!spec.maximum.is_null()) schema["maximum"] = spec.maximum;
  if (spec.above_minimum) schema["exclusiveMinimum"] = true;
  if (!spec.choices.empty()) schema["enum"] = spec.choices;
  return schema;
}

Json parameter(const ParamSpec& spec) {
  const auto one = [&](const char* type) { return element(spec, type); };
  Json schema;
  switch (spec.kind) {
    case ParamKind::integer: schema = one("integer"); break;
    case ParamKind::number: schema = one("number"); break;
    case ParamKind::boolean: schema = one("boolean"); break;
    case ParamKind::integers: schema = list_of(one("integer")); break;
    case ParamKind::numbers: schema = list_of(one("number")); break;
    case ParamKind::texts: schema = list_of(one("string")); break;
    case ParamKind::table: schema = {{"type", "object"}}; break;
    case ParamKind::text:
    case ParamKind::file:
    case ParamKind::folder: schema = one("string"); break;
  }
  if (!spec.doc.empty()) schema["description"] = spec.doc;
  if (!spec.fallback.is_null()) schema["default"] = spec.fallback;
  return schema;
}

Json parameters(const std::vector<ParamSpec>& specs) {
  Json properties = Json::object();
  for (const auto& spec : specs) properties[spec.name] = parameter(spec);
  return properties;
}

Json inputs(const NodeSpec& node) {
  const Json one = text("NODE or NODE.PORT");
  if (node.declares_ports) return table_of({{"anyOf", {one, list_of(one)}}});
  Json properties = Json::object();
  for (const auto& port : node.inputs) {
    properties[port.name] = port.list ? Json{{"anyOf", {one, list_of(one)}}} : one;
    properties[port.name]["description"] = port.type + ": " + port.doc;
  }
  return closed_table(std::move(properties));
}

Json change_flags() {
  return {{"replace", {{"type", "boolean"}, {"description", "swap the node whole: nothing of the old one stays"}}},
          {"remove", {{"type", "boolean"}, {"description", "drop the node"}}}};
}

/// A node of a known type. Inputs and parameters may come from the graph it extends, so none is required.
Json typed_node(const NodeSpec& node) {
  Json properties = parameters(node.params);
  properties.update(parameters(node_key_specs()));
  properties.update(change_flags());
  properties["type"] = {{"enum", {node.type}}, {"description", node.summary}};
  properties["inputs"] = inputs(node);
  Json schema = closed_table(std::move(properties));
  schema["required"] = {"type"};
  schema["description"] = node.summary;
  return schema;
}

Json part() {
  return closed_table({{"file", text("graph with [inputs], relative to this file")},
                       {"inputs", table_of({{"anyOf", {text(), list_of(text())}}})},
                       {"nodes", table_of(reference("node"))},
                       {"replace", change_flags()["replace"]},
                       {"remove", change_flags()["remove"]}});
}

Json sweep() {
  Json schema = {{"type", "object"},
                 {"description", "axes: \"NODE.PARAMETER\" = [values]; every combination is a cell"},
                 {"properties",
                  {{"zip", list_of(list_of(text()), "axes that go together, value by value")},
                   {"graphs", list_of(text(), "other graph files as an axis")},
                   {"cells", list_of({{"type", "object"}, {"required", {"name"}}}, "named cells, each with what it sets")},
                   {"seeds", list_of({{"type", "integer"}, {"minimum", 0}}, "repeats of every cell")},
                   {"baseline", text("the cell that others are compared with")}}}};
  schema["additionalProperties"] = {{"type", {"array", "object"}}};
  return schema;
}

}  // namespace

Json json_schema(const registry::Catalogue& catalogue) {
  Json definitions = Json::object(), kinds = Json::array();
  // A node given again without its type changes one of the graph it extends.
  kinds.push_back({{"type", "object"}, {"not", {{"required", {"type"}}}}});
  for (const auto& [type, offer] : catalogue.nodes()) {
    definitions[type] = typed_node(offer.spec);
    kinds.push_back(reference(type));
  }
  definitions["node"] = {{"oneOf", kinds}};
  definitions["nodes"] = table_of(reference("node"));
  definitions["settings"] = closed_table(parameters(settings_specs()));
  definitions["part"] = part();
  definitions["parts"] = table_of(reference("part"));
  definitions["sweep"] = sweep();
  definitions["profile"] = closed_table({{"extends", text("profile that is laid over the graph before this one")},
                                         {"graph", reference("settings")}, {"nodes", reference("nodes")},
                                         {"parts", reference("parts")}, {"sweep", reference("sweep")}});
  return {{"$schema", "http://json-schema.org/draft-04/schema#"},
          {"title", "bgraph graph"},
          {"type", "object"},
          {"additionalProperties", false},
          {"definitions", definitions},
          {"properties",
           {{"extends", text("graph to start from, relative to this file")},
            {"graph", reference("settings")},
            {"inputs", table_of(text("what the part reads"))},
            {"nodes", reference("nodes")},
            {"parts", reference("parts")},
            {"profiles", table_of(reference("profile"))},
            {"sweep", reference("sweep")}}}};
}

std::string taplo_settings(const std::string& schema) {
  return "# Editors that speak Taplo (VS Code: Even Better TOML) complete and check graphs with this schema.\n"
         "# Write it again after building new plugins: bgraph schema --taplo .\n"
         "[[rule]]\n"
         "include = [\"**/*.toml\"]\n"
         "exclude = [\"**/.taplo.toml\"]\n"
         "\n"
         "[rule.schema]\n"
         "path    = \"" + schema + "\"\n"
         "enabled = true\n";
}

}  // namespace bgraph::graph

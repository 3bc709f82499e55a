#include "json_schema.h"

#include <stdexcept>

namespace bgraph {

namespace {

bool is_of(const Json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  throw std::runtime_error("unknown type " + type);
}

bool type_fits(const Json& value, const Json& type) {
  if (type.is_string()) return is_of(value, type);
  for (const auto& one : type)
    if (is_of(value, one)) return true;
  return false;
}

int matching(const Json& value, const Json& schemas, const Json& root) {
  int count = 0;
  for (const auto& schema : schemas) count += schema_problem(value, schema, root).empty();
  return count;
}

std::string object_problem(const Json& value, const Json& schema, const Json& root, const std::string& path) {
  const Json none = Json::object();
  for (const auto& name : schema.value("required", Json::array()))
    if (!value.contains(name.get<std::string>())) return path + ": lacks " + name.dump();
  const Json& properties = schema.contains("properties") ? schema["properties"] : none;
  for (const auto& [key, member] : value.items()) {
    const std::string below = path + "." + key;
    std::string problem;
    if (properties.contains(key)) problem = schema_problem(member, properties[key], root, below);
    else if (!schema.contains("additionalProperties")) continue;
    else if (schema["additionalProperties"] == false) problem = below + ": is not known";
    else problem = schema_problem(member, schema["additionalProperties"], root, below);
    if (!problem.empty()) return problem;
  }
  return {};
}

}  // namespace

std::string schema_problem(const Json& value, const Json& schema, const Json& root, const std::string& path) {
  if (schema.contains("$ref"))
    return schema_problem(value, root.at(Json::json_pointer(schema["$ref"].get<std::string>().substr(1))), root, path);
  if (schema.contains("type") && !type_fits(value, schema["type"])) return path + ": is no " + schema["type"].dump();
  if (schema.contains("enum")) {
    bool found = false;
    for (const auto& choice : schema["enum"]) found = found || choice == value;
    if (!found) return path + ": is none of " + schema["enum"].dump();
  }
  if (value.is_number()) {
    const double number = value.get<double>();
    if (schema.contains("minimum") && (number < schema["minimum"].get<double>() ||
                                       (schema.value("exclusiveMinimum", false) && number == schema["minimum"].get<double>())))
      return path + ": too small";
    if (schema.contains("maximum") && number > schema["maximum"].get<double>()) return path + ": too large";
  }
  if (schema.contains("not") && schema_problem(value, schema["not"], root).empty()) return path + ": is what it must not be";
  if (schema.contains("oneOf") && matching(value, schema["oneOf"], root) != 1) return path + ": fits not exactly one form";
  if (schema.contains("anyOf") && matching(value, schema["anyOf"], root) == 0) return path + ": fits no form";
  if (value.is_array() && schema.contains("items"))
    for (size_t i = 0; i < value.size(); ++i)
      if (std::string problem = schema_problem(value[i], schema["items"], root, path + "[" + std::to_string(i) + "]"); !problem.empty())
        return problem;
  return value.is_object() ? object_problem(value, schema, root, path) : "";
}

}  // namespace bgraph

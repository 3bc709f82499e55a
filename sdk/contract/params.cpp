// Checking and canonical form of parameter values: the same code for control (with places) and worker.
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/manifest.h>

#include <cmath>

namespace bgraph {

namespace {

bool is_list(ParamKind kind) {
  return kind == ParamKind::integers || kind == ParamKind::numbers || kind == ParamKind::texts;
}

ParamKind element_of(ParamKind kind) {
  switch (kind) {
    case ParamKind::integers: return ParamKind::integer;
    case ParamKind::numbers: return ParamKind::number;
    case ParamKind::texts: return ParamKind::text;
    default: return kind;
  }
}

bool fits_kind(ParamKind kind, const Json& value) {
  switch (kind) {
    case ParamKind::integer: return value.is_number_integer();
    case ParamKind::number: return value.is_number();
    case ParamKind::boolean: return value.is_boolean();
    case ParamKind::table: return value.is_object();
    default: return value.is_string();
  }
}

std::string range_problem(const ParamSpec& spec, const Json& value) {
  if (!value.is_number()) return {};
  const double number = value.get<double>();
  if (std::isnan(number)) return "expected a number, found nan";
  if (!spec.minimum.is_null()) {
    const double low = spec.minimum.get<double>();
    if (spec.above_minimum && !(number > low))
      return "expected more than " + spec.minimum.dump() + ", found " + value.dump();
    if (number < low) return "expected at least " + spec.minimum.dump() + ", found " + value.dump();
  }
  if (!spec.maximum.is_null() && number > spec.maximum.get<double>())
    return "expected at most " + spec.maximum.dump() + ", found " + value.dump();
  return {};
}

std::string choice_problem(const ParamSpec& spec, const Json& value) {
  if (spec.choices.empty() || !value.is_string()) return {};
  const auto text = value.get<std::string>();
  std::string all;
  for (const auto& choice : spec.choices) {
    if (choice == text) return {};
    all += (all.empty() ? "'" : ", '") + choice + "'";
  }
  const std::string hint = did_you_mean(text, spec.choices);
  return "expected one of " + all + ", found '" + text + "'" + (hint.empty() ? "" : "; " + hint);
}

}  // namespace

std::string param_problem(const ParamSpec& spec, const Json& value) {
  if (is_list(spec.kind)) {
    if (!value.is_array())
      return "expected a list of " + to_text(spec.kind) + ", found " + value.dump();
    ParamSpec element = spec;
    element.kind = element_of(spec.kind);
    for (size_t i = 0; i < value.size(); ++i) {
      const std::string problem = param_problem(element, value[i]);
      if (!problem.empty()) return "element " + std::to_string(i + 1) + ": " + problem;
    }
    return {};
  }
  if (!fits_kind(spec.kind, value)) {
    const std::string article = spec.kind == ParamKind::integer ? "an " : "a ";
    return "expected " + article + to_text(spec.kind) + ", found " + value.dump();
  }
  const std::string problem = range_problem(spec, value);
  return problem.empty() ? choice_problem(spec, value) : problem;
}

Json canonical_value(const ParamSpec& spec, const Json& value) {
  if (spec.kind == ParamKind::number) return value.get<double>();
  if (spec.kind != ParamKind::numbers) return value;
  Json list = Json::array();
  for (const auto& element : value) list.push_back(element.get<double>());
  return list;
}

Json canonical_params(const std::vector<ParamSpec>& specs, const Json& given,
                      const std::string& owner) {
  Json params = Json::object();
  for (const auto& [key, value] : given.items()) {
    bool known = false;
    for (const auto& spec : specs) known = known || spec.name == key;
    if (!known)
      throw Error(owner + " has no parameter '" + key + "'", did_you_mean(key, names_of(specs)));
  }
  for (const auto& spec : specs) {
    const Json& value = given.contains(spec.name) ? given.at(spec.name) : spec.fallback;
    if (value.is_null()) throw Error(owner + ": parameter '" + spec.name + "' must be given");
    const std::string problem = param_problem(spec, value);
    if (!problem.empty()) throw Error(owner + ": parameter '" + spec.name + "': " + problem);
    params[spec.name] = canonical_value(spec, value);
  }
  return params;
}

}  // namespace bgraph

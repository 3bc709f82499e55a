#include <bgraph/sdk/params.h>

namespace bgraph {

Rule any() { return {}; }
Rule required() { return {.required = true}; }
Rule at_least(double low) { return {.minimum = low}; }
Rule above(double low) { return {.minimum = low, .above_minimum = true}; }
Rule between(double low, double high) { return {.minimum = low, .maximum = high}; }

Rule one_of(std::initializer_list<const char*> choices) {
  return {.choices = {choices.begin(), choices.end()}};
}

Rule operational(Rule rule) {
  rule.operational = true;
  return rule;
}

Rule reads(std::vector<std::string> files) { return {.required = true, .files = std::move(files)}; }

namespace detail {

ParamSpec make_spec(const char* name, ParamKind kind, Json fallback, const Rule& rule,
                    const char* doc) {
  // Whole bounds print as whole numbers in messages: "at least 1", not "at least 1.0".
  const auto bound = [](const Json& limit) -> Json {
    if (limit.is_null()) return limit;
    const double value = limit.get<double>();
    const auto whole = static_cast<int64_t>(value);
    return static_cast<double>(whole) == value ? Json(whole) : limit;
  };
  return {.name = name,
          .kind = kind,
          .fallback = rule.required ? Json() : std::move(fallback),
          .minimum = bound(rule.minimum),
          .maximum = bound(rule.maximum),
          .above_minimum = rule.above_minimum,
          .choices = rule.choices,
          .operational = rule.operational,
          .files = rule.files,
          .doc = doc};
}

}  // namespace detail

}  // namespace bgraph

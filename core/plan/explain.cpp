#include <bgraph/core/plan/explain.h>

#include <set>

namespace bgraph::plan {

namespace {

std::set<std::string> names_in(const Json& a, const Json& b) {
  std::set<std::string> names;
  for (const Json* object : {&a, &b})
    for (const auto& [name, value] : object->items()) names.insert(name);
  return names;
}

std::string shown(const Json& value) {
  const std::string text = value.dump();
  return text.size() <= 40 ? text : text.substr(0, 37) + "...";
}

std::string param_difference(const std::string& name, const Json& before, const Json& now) {
  if (now.is_object() || before.is_object()) return "content of `" + name + "` changed";
  return "parameter " + name + ": " + shown(before) + " -> " + shown(now);
}

void compare_params(const Json& before, const Json& now, std::vector<std::string>& found) {
  for (const auto& name : names_in(before, now)) {
    if (!before.contains(name))
      found.push_back("parameter " + name + " is new");
    else if (!now.contains(name))
      found.push_back("parameter " + name + " is gone");
    else if (before[name] != now[name])
      found.push_back(param_difference(name, before[name], now[name]));
  }
}

void compare_inputs(const Json& before, const Json& now, std::vector<std::string>& found) {
  for (const auto& port : names_in(before, now))
    if (before.value(port, Json()) != now.value(port, Json()))
      found.push_back("input `" + port + "` changed");
}

}  // namespace

std::vector<std::string> differences(const Json& before, const Json& now, const std::string& plugin) {
  std::vector<std::string> found;
  for (const auto& field : names_in(before, now)) {
    const Json old_value = before.value(field, Json()), value = now.value(field, Json());
    if (old_value == value) continue;
    if (field == "params")
      compare_params(old_value, value, found);
    else if (field == "inputs")
      compare_inputs(old_value, value, found);
    else if (field == "plugin")
      found.push_back("plugin " + plugin + " rebuilt");
    else
      found.push_back(field + ": " + shown(old_value) + " -> " + shown(value));
  }
  return found;
}

std::string explain(const Json& now, const std::vector<store::KeyRecord>& earlier,
                    const std::string& node, const std::string& plugin) {
  std::vector<std::string> nearest;
  bool nearest_is_namesake = false, found = false;
  for (const auto& record : earlier) {
    auto changes = differences(record.preimage, now, plugin);
    const bool namesake = record.node == node;
    const bool better = changes.size() < nearest.size() ||
                        (changes.size() == nearest.size() && namesake && !nearest_is_namesake);
    if (found && !better) continue;
    nearest = std::move(changes);
    nearest_is_namesake = namesake;
    found = true;
  }
  if (!found) return "no earlier run";
  if (nearest.empty()) return "its outputs are missing or damaged in the store";
  std::string text;
  for (size_t i = 0; i < nearest.size() && i < 3; ++i) text += (i > 0 ? ", " : "") + nearest[i];
  if (nearest.size() > 3) text += ", and " + std::to_string(nearest.size() - 3) + " more";
  return text;
}

}  // namespace bgraph::plan

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

/// Digests by their first digits: enough to see that they differ and to look them up.
std::string brief(const Json& value) {
  std::string text;
  if (value.is_object() && value.contains("content")) return value["content"].get<std::string>().substr(0, 8);
  if (value.is_array())
    for (const auto& digest : value) text += (text.empty() ? "" : "+") + digest.get<std::string>().substr(0, 8);
  return text.empty() ? "none" : text;
}

void compare_members(const std::string& field, const Json& before, const Json& now, std::vector<Change>& found) {
  for (const auto& name : names_in(before, now))
    if (before.contains(name) != now.contains(name) || (before.contains(name) && before[name] != now[name]))
      found.push_back({field + "." + name, before.value(name, Json()), now.value(name, Json())});
}

}  // namespace

std::vector<Change> differences(const Json& before, const Json& now) {
  std::vector<Change> found;
  for (const auto& field : names_in(before, now)) {
    const Json old_value = before.value(field, Json()), value = now.value(field, Json());
    if (old_value == value) continue;
    if (old_value.is_object() && value.is_object())
      compare_members(field, old_value, value, found);
    else
      found.push_back({field, old_value, value});
  }
  return found;
}

std::string phrase(const Change& change, const std::string& plugin) {
  const size_t dot = change.field.find('.');
  const std::string group = change.field.substr(0, dot);
  const std::string name = dot == std::string::npos ? group : change.field.substr(dot + 1);
  if (group == "plugin") return "plugin " + plugin + " rebuilt";
  if (group == "inputs") return "input `" + name + "` changed (" + brief(change.before) + " -> " + brief(change.now) + ")";
  if (group != "params" || dot == std::string::npos)
    return change.field + ": " + shown(change.before) + " -> " + shown(change.now);
  if (change.before.is_null()) return "parameter " + name + " is new";
  if (change.now.is_null()) return "parameter " + name + " is gone";
  if (change.now.is_object() || change.before.is_object())
    return "content of `" + name + "` changed (" + brief(change.before) + " -> " + brief(change.now) + ")";
  return "parameter " + name + ": " + shown(change.before) + " -> " + shown(change.now);
}

Explanation explain(const Json& now, const std::vector<store::KeyRecord>& earlier, const std::string& node,
                    const std::string& plugin) {
  Explanation answer;
  bool nearest_is_namesake = false;
  for (const auto& record : earlier) {
    auto changes = differences(record.preimage, now);
    const bool namesake = record.node == node;
    const bool better = changes.size() < answer.changes.size() ||
                        (changes.size() == answer.changes.size() && namesake && !nearest_is_namesake);
    if (answer.nearest && !better) continue;
    answer.changes = std::move(changes);
    answer.nearest = &record;
    nearest_is_namesake = namesake;
  }
  const auto& changes = answer.changes;
  if (!answer.nearest) answer.text = "no earlier run";
  else if (changes.empty()) answer.text = "its outputs are missing or damaged in the store";
  for (size_t i = 0; i < changes.size() && i < 3; ++i) answer.text += (i > 0 ? ", " : "") + phrase(changes[i], plugin);
  if (changes.size() > 3) answer.text += ", and " + std::to_string(changes.size() - 3) + " more";
  return answer;
}

}  // namespace bgraph::plan

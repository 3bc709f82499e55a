#include <bgraph/core/plan/explain.h>

namespace bgraph::plan {

namespace {

/// Calls `take` with every name of two objects and what each has under it; nullptr for nothing.
template <class Take>
void side_by_side(const Json& before, const Json& now, Take&& take) {
  static const Json kNothing = Json::object();
  const auto& left = (before.is_object() ? before : kNothing).get_ref<const Json::object_t&>();
  const auto& right = (now.is_object() ? now : kNothing).get_ref<const Json::object_t&>();
  auto l = left.begin();
  auto r = right.begin();
  while (l != left.end() || r != right.end()) {
    const int order = l == left.end() ? 1 : r == right.end() ? -1 : l->first.compare(r->first);
    take(order <= 0 ? l->first : r->first, order <= 0 ? &l->second : nullptr, order >= 0 ? &r->second : nullptr);
    if (order <= 0) ++l;
    if (order >= 0) ++r;
  }
}

Json value_of(const Json* value) { return value ? *value : Json(); }

bool differ(const Json* before, const Json* now) { return !before || !now || *before != *now; }

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

}  // namespace

std::vector<Change> differences(const Json& before, const Json& now) {
  std::vector<Change> found;
  side_by_side(before, now, [&](const std::string& field, const Json* old_value, const Json* value) {
    if (old_value && value && old_value->is_object() && value->is_object())
      side_by_side(*old_value, *value, [&](const std::string& name, const Json* old_member, const Json* member) {
        if (differ(old_member, member)) found.push_back({field + "." + name, value_of(old_member), value_of(member)});
      });
    else if (value_of(old_value) != value_of(value))
      found.push_back({field, value_of(old_value), value_of(value)});
  });
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

#include <bgraph/core/graph/merge.h>

#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace bgraph::graph {

namespace {

bool flag(const Value& table, std::string_view key) {
  const Value* value = table.find(key);
  return value && value->scalar.is_boolean() && value->scalar.get<bool>();
}

void put(Value& base, Entry over) {
  if (Entry* existing = base.entry(over.key))
    *existing = std::move(over);
  else
    base.entries.push_back(std::move(over));
}

/// Key by key; tables inside are merged, everything else is replaced.
void merge_table(Value& base, Value over) {
  for (auto& entry : over.entries) {
    Value* existing = base.find(entry.key);
    if (existing && existing->is_table() && entry.value.is_table())
      merge_table(*existing, std::move(entry.value));
    else
      put(base, std::move(entry));
  }
}

/// One node or part given again. A part's own `nodes` are laid over those given before.
void merge_again(Value& base, Value over, const std::string& what, std::vector<Problem>& problems) {
  if (Value* nodes = over.find("nodes"); what == "part" && nodes) {
    if (!base.find("nodes")) base.entries.push_back({"nodes", nodes->span, Value{}});
    merge_named(*base.find("nodes"), std::move(*nodes), Onto::overlay, "node", problems);
    over.erase("nodes");
  }
  merge_table(base, std::move(over));
}

Entry without_flags(Entry entry) {
  entry.value.erase("replace");
  entry.value.erase("remove");
  return entry;
}

}  // namespace

std::vector<std::string> keys_of(const Value& table) {
  std::vector<std::string> keys;
  for (const auto& entry : table.entries) keys.push_back(entry.key);
  return keys;
}

void set_layer(Value& value, const std::string& layer) {
  value.layer = layer;
  for (auto& item : value.items) set_layer(item, layer);
  for (auto& entry : value.entries) set_layer(entry.value, layer);
}

void merge_named(Value& base, Value over, Onto onto, const std::string& what, std::vector<Problem>& problems) {
  // By name, because graphs of ten thousand nodes exist. Names of `over` differ, so what it adds is never looked up.
  std::unordered_map<std::string, size_t> places;
  for (size_t i = 0; i < base.entries.size(); ++i) places.emplace(base.entries[i].key, i);
  std::unordered_set<std::string> removed;
  base.entries.reserve(base.entries.size() + over.entries.size());
  for (auto& entry : over.entries) {
    const bool remove = flag(entry.value, "remove");
    const bool replace = flag(entry.value, "replace");
    const auto place = places.find(entry.key);
    Entry* existing = place == places.end() ? nullptr : &base.entries[place->second];
    if (onto == Onto::overlay) {
      if (!existing)
        base.entries.push_back(std::move(entry));
      else if (remove || replace || flag(existing->value, "remove"))
        *existing = std::move(entry);
      else
        merge_again(existing->value, std::move(entry.value), what, problems);
      continue;
    }
    if (!existing && (remove || replace)) {
      problems.push_back(
          {entry.span,
           "there is no " + what + " '" + entry.key + "' to " + (remove ? "remove" : "replace"),
           {},
           did_you_mean(entry.key, keys_of(base))});
    } else if (remove) {
      removed.insert(entry.key);
    } else if (!existing) {
      base.entries.push_back(without_flags(std::move(entry)));
    } else if (replace) {
      *existing = without_flags(std::move(entry));
    } else {
      merge_again(existing->value, without_flags(std::move(entry)).value, what, problems);
    }
  }
  if (!removed.empty()) std::erase_if(base.entries, [&](const Entry& entry) { return removed.count(entry.key) > 0; });
}

void merge_document(Value& base, Value over, Onto onto, std::vector<Problem>& problems) {
  for (auto& entry : over.entries) {
    if (!entry.value.is_table()) {
      put(base, std::move(entry));
      continue;
    }
    if (!base.find(entry.key)) {
      Entry empty{entry.key, entry.span, Value{}};
      empty.value.span = entry.value.span;
      base.entries.push_back(std::move(empty));
    }
    Value& target = *base.find(entry.key);
    if (entry.key == "nodes" || entry.key == "parts") {
      merge_named(target, std::move(entry.value), onto, entry.key == "nodes" ? "node" : "part", problems);
    } else if (entry.key == "profiles") {
      for (auto& profile : entry.value.entries) {
        if (!target.find(profile.key))
          target.entries.push_back({profile.key, profile.span, Value{}});
        merge_document(*target.find(profile.key), std::move(profile.value), Onto::overlay, problems);
      }
    } else {
      merge_table(target, std::move(entry.value));
    }
  }
}

}  // namespace bgraph::graph

#include <bgraph/core/graph/merge.h>

namespace bgraph::graph {

namespace {

bool flag(const Value& table, std::string_view key) {
  const Value* value = table.find(key);
  return value && value->scalar.is_boolean() && value->scalar.get<bool>();
}

void put(Value& base, const Entry& over) {
  if (Entry* existing = base.entry(over.key)) {
    existing->span = over.span;
    existing->value = over.value;
  } else {
    base.entries.push_back(over);
  }
}

/// Key by key; tables inside are merged, everything else is replaced.
void merge_table(Value& base, const Value& over) {
  for (const auto& entry : over.entries) {
    Value* existing = base.find(entry.key);
    if (existing && existing->is_table() && entry.value.is_table())
      merge_table(*existing, entry.value);
    else
      put(base, entry);
  }
}

/// One node or part given again. A part's own `nodes` are laid over those given before.
void merge_again(Value& base, const Value& over, const std::string& what,
                 std::vector<Problem>& problems) {
  Value rest = over;
  if (const Value* nodes = over.find("nodes"); what == "part" && nodes) {
    if (!base.find("nodes")) base.entries.push_back({"nodes", nodes->span, Value{}});
    merge_named(*base.find("nodes"), *nodes, Onto::overlay, "node", problems);
    rest.erase("nodes");
  }
  merge_table(base, rest);
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

void merge_named(Value& base, const Value& over, Onto onto, const std::string& what,
                 std::vector<Problem>& problems) {
  for (const auto& entry : over.entries) {
    const bool remove = flag(entry.value, "remove");
    const bool replace = flag(entry.value, "replace");
    Entry* existing = base.entry(entry.key);
    if (onto == Onto::overlay) {
      if (!existing || remove || replace || flag(existing->value, "remove"))
        put(base, entry);
      else
        merge_again(existing->value, entry.value, what, problems);
      continue;
    }
    if (!existing && (remove || replace)) {
      problems.push_back(
          {entry.span,
           "there is no " + what + " '" + entry.key + "' to " + (remove ? "remove" : "replace"),
           {},
           did_you_mean(entry.key, keys_of(base))});
    } else if (remove) {
      base.erase(entry.key);
    } else if (!existing) {
      base.entries.push_back(without_flags(entry));
    } else if (replace) {
      *existing = without_flags(entry);
    } else {
      merge_again(existing->value, without_flags(entry).value, what, problems);
    }
  }
}

void merge_document(Value& base, const Value& over, Onto onto, std::vector<Problem>& problems) {
  for (const auto& entry : over.entries) {
    if (!entry.value.is_table()) {
      put(base, entry);
      continue;
    }
    if (!base.find(entry.key)) {
      Entry empty{entry.key, entry.span, Value{}};
      empty.value.span = entry.value.span;
      base.entries.push_back(std::move(empty));
    }
    Value& target = *base.find(entry.key);
    if (entry.key == "nodes" || entry.key == "parts") {
      merge_named(target, entry.value, onto, entry.key == "nodes" ? "node" : "part", problems);
    } else if (entry.key == "profiles") {
      for (const auto& profile : entry.value.entries) {
        if (!target.find(profile.key))
          target.entries.push_back({profile.key, profile.span, Value{}});
        merge_document(*target.find(profile.key), profile.value, Onto::overlay, problems);
      }
    } else {
      merge_table(target, entry.value);
    }
  }
}

}  // namespace bgraph::graph

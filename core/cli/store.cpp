// bgraph store: what it holds, whether it is whole, and taking out what nobody needs.
//
//   bgraph store ls [--json]                          values, largest first: size, cost, who keeps them
//   bgraph store verify                               hashes every value again, takes out what is damaged
//   bgraph store gc [--older-than 30d] [--max-size 20G] [--dry-run]
//   bgraph store pin DIGEST [--why TEXT]              it stays until `unpin`; runs/ keep theirs anyway
//
//   exit code of verify: 0 when all are whole, 1 when some were damaged; they are computed again when needed
#include <bgraph/core/cli/options.h>
#include <bgraph/core/cli/size_text.h>
#include <bgraph/core/cli/stored_values.h>
#include <bgraph/core/cli/verbs.h>
#include <bgraph/core/run/stamp.h>
#include <bgraph/core/store/collect.h>
#include <bgraph/core/store/roots.h>

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <memory>

namespace bgraph::cli {

namespace {

using store::Inventory;

/// What made a value: "clusters (clusters.gmm)", "" if no record leads to it.
std::string maker_of(const Inventory& inventory, const store::StoredValue& value) {
  if (value.makers.empty()) return "";
  const auto& record = inventory.records[value.makers.front()];
  return record.node + " (" + record.type + ")";
}

double seconds_of(const Inventory& inventory, const store::StoredValue& value) {
  return value.makers.empty() ? 0 : inventory.records[value.makers.front()].seconds;
}

int list(const PlaceOptions& options, bool as_json) {
  const store::Store store(options.store);
  const Inventory inventory = store::take_inventory(store);
  std::vector<std::pair<Digest, const store::StoredValue*>> sorted;
  for (const auto& [digest, value] : inventory.values) sorted.push_back({digest, &value});
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second->bytes > b.second->bytes; });
  Json all = Json::array();
  for (const auto& [digest, value] : sorted) {
    const std::string maker = maker_of(inventory, *value);
    if (as_json)
      all.push_back({{"digest", digest.hex()}, {"type", value->type}, {"bytes", value->bytes}, {"made_by", maker},
                     {"seconds", seconds_of(inventory, *value)}, {"kept_by", value->kept_by}});
    else
      fmt::print("{}  {:>8}  {:>9}  {:<12} {:<40} {}\n", digest.brief(), size_text(value->bytes),
                 run::duration_text(seconds_of(inventory, *value)), value->type, maker, value->kept_by);
  }
  if (as_json)
    fmt::print("{}\n", all.dump(1));
  else
    fmt::print("{} values, {} in {}\n", sorted.size(), size_text(inventory.bytes()), store.root().string());
  return kSuccess;
}

int verify(const PlaceOptions& options) {
  const store::Store store(options.store);
  const auto values = store.values();
  size_t damaged = 0;
  for (const auto& digest : values) {
    const std::string problem = store.verify(digest);
    if (problem.empty()) continue;
    ++damaged;
    store.discard(digest);
    fmt::print("damaged, taken out: {}: {}\n", digest.brief(), problem);
  }
  fmt::print("{} values in {}, {} damaged\n", values.size(), store.root().string(), damaged);
  return damaged == 0 ? kSuccess : kFailure;
}

struct CollectVerb : PlaceOptions {
  std::string older_than;
  uint64_t most_bytes = 0;
  bool dry_run = false;
};

/// "30d", "12h", "90m", "45s" in seconds.
int64_t age_in_seconds(const std::string& text) {
  static const std::map<char, int64_t> units = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
  const size_t digits = text.find_first_not_of("0123456789");
  if (digits == 0 || digits == std::string::npos || digits > 9 || digits + 1 != text.size() ||
      units.count(text.back()) == 0)
    throw Error("--older-than " + text + " is no age", "write a number and s, m, h or d: 30d");
  return std::stoll(text) * units.at(text.back());
}

int collect(const CollectVerb& options) {
  store::CollectOptions wanted{.dry_run = options.dry_run};
  if (!options.older_than.empty()) wanted.older_than_s = age_in_seconds(options.older_than);
  if (options.most_bytes > 0) wanted.most_bytes = static_cast<int64_t>(options.most_bytes);
  const auto done = store::collect(store::Store(options.store), wanted, std::time(nullptr));
  fmt::print("{} {} values ({}, {} to compute again), {} records, checkpoints of {} units\n",
             options.dry_run ? "would take out" : "took out", done.values, size_text(done.bytes),
             run::duration_text(done.seconds), done.records, done.checkpoints);
  fmt::print("left: {}, of which runs and pins keep {}\n", size_text(done.left_bytes), size_text(done.kept_bytes));
  if (wanted.most_bytes && done.left_bytes > *wanted.most_bytes)
    fmt::print("larger than --max-size: remove folders of runs/ that are no longer needed, or unpin\n");
  return kSuccess;
}

struct PinVerb : PlaceOptions {
  std::string start, why = "pinned";
};

Digest value_named(const store::Store& store, const std::string& start) {
  if (const auto digest = value_beginning(store, start)) return *digest;
  throw Error("no value begins with " + start, "bgraph store ls shows them");
}

Verb* add(Verb& verb, const char* name, const char* help, PlaceOptions& options) {
  Verb* sub = verb.add_subcommand(name, help);
  add_place_options(*sub, options);
  return sub;
}

}  // namespace

void add_store(Verb& app, Action& action) {
  Verb* verb = app.add_subcommand("store", "Look after the store");
  verb->require_subcommand(1);
  verb->footer("Examples:\n  bgraph store ls\n  bgraph store verify --store /data/store\n  bgraph store gc --max-size 20G --dry-run\n");

  auto listed = std::make_shared<PlaceOptions>();
  auto as_json = std::make_shared<bool>(false);
  Verb* ls = add(*verb, "ls", "List values, largest first, with who keeps them", *listed);
  ls->add_flag("--json", *as_json, "Print JSON");
  ls->callback([=, &action] { action = [=] { return list(*listed, *as_json); }; });

  auto checked = std::make_shared<PlaceOptions>();
  Verb* check = add(*verb, "verify", "Hash every value again; take out what is damaged", *checked);
  check->callback([=, &action] { action = [=] { return verify(*checked); }; });

  auto wanted = std::make_shared<CollectVerb>();
  Verb* gc = add(*verb, "gc", "Take out what no run and no pin needs: rubbish, and with limits results", *wanted);
  gc->add_option("--older-than", wanted->older_than, "Also results made longer ago: 30d, 12h");
  gc->add_option("--max-size", wanted->most_bytes,
                 "Also results until the store is no larger (20G), the cheapest to compute again per byte first")
      ->as_size();
  gc->add_flag("--dry-run", wanted->dry_run, "Only say what would go");
  gc->callback([=, &action] { action = [=] { return collect(*wanted); }; });

  auto pinned = std::make_shared<PinVerb>();
  Verb* pin = add(*verb, "pin", "Keep a value, and what it refers to, until it is unpinned", *pinned);
  pin->add_option("digest", pinned->start, "The value, by the start of its digest")->required();
  pin->add_option("--why", pinned->why, "Shown by `store ls`");
  pin->callback([=, &action] {
    action = [=] {
      const store::Store store(pinned->store);
      store::pin(store, value_named(store, pinned->start), pinned->why);
      return kSuccess;
    };
  });

  auto freed = std::make_shared<PinVerb>();
  Verb* unpin = add(*verb, "unpin", "Let a pinned value go with the next gc", *freed);
  unpin->add_option("digest", freed->start, "The value, by the start of its digest")->required();
  unpin->callback([=, &action] {
    action = [=] {
      const store::Store store(freed->store);
      if (!store::unpin(store, value_named(store, freed->start))) throw Error(freed->start + " is not pinned");
      return kSuccess;
    };
  });
}

}  // namespace bgraph::cli

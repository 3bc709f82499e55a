#include <bgraph/core/store/collect.h>

#include <bgraph/core/store/durable.h>
#include <bgraph/sdk/contract/error.h>

#include <algorithm>
#include <set>
#include <utility>

namespace bgraph::store {

namespace fs = std::filesystem;

namespace {

class Collector {
 public:
  Collector(const Store& store, const CollectOptions& options, int64_t now, Inventory& inventory, fs::path grave)
      : store_(store), options_(options), now_(now), inventory_(inventory), grave_(std::move(grave)) {}

  Collected run() {
    for (const auto& [digest, value] : inventory_.values)
      if (!value.kept_by.empty()) result_.kept_bytes += value.bytes;
    result_.left_bytes = inventory_.bytes();
    for (const auto& file : inventory_.malformed)
      if (!store_.record(file.stem())) remove(file);
    for (const auto& record : inventory_.records)
      if (!record.whole) take_out(record);
    for (const auto& [digest, value] : inventory_.values)
      if (value.makers.empty() && value.kept_by.empty()) take_out(digest);
    if (options_.older_than_s)
      for (const auto& record : inventory_.records)
        if (now_ - record.made > *options_.older_than_s && is_free(record)) take_out(record);
    if (options_.most_bytes) shrink();
    sweep_checkpoints();
    sweep_locks();
    remove(store_.root() / "index");  // it would remember what has gone; it is made again
    return result_;
  }

 private:
  /// Bytes that go with a record: values nothing else leads to.
  int64_t own_bytes(const StoredRecord& record) const {
    int64_t bytes = 0;
    for (const auto& digest : record.outputs) {
      const auto value = inventory_.values.find(digest);
      if (value != inventory_.values.end() && value->second.makers.size() == 1) bytes += value->second.bytes;
    }
    return bytes;
  }

  bool is_free(const StoredRecord& record) const {
    return std::none_of(record.outputs.begin(), record.outputs.end(), [&](const Digest& digest) {
      const auto value = inventory_.values.find(digest);
      return value != inventory_.values.end() && !value->second.kept_by.empty();
    });
  }

  void shrink() {
    std::vector<std::pair<double, const StoredRecord*>> by_worth;  // seconds per byte
    for (const auto& record : inventory_.records)
      if (is_free(record) && gone_.count(record.key) == 0)
        by_worth.push_back({record.seconds / static_cast<double>(std::max<int64_t>(1, own_bytes(record))), &record});
    std::sort(by_worth.begin(), by_worth.end(), [](const auto& a, const auto& b) {
      return std::tie(a.first, a.second->made, a.second->key) < std::tie(b.first, b.second->made, b.second->key);
    });
    for (const auto& [worth, record] : by_worth) {
      if (result_.left_bytes <= *options_.most_bytes) return;
      take_out(*record);
    }
  }

  /// The record first: a kill in between leaves values without a record, which the next collection takes.
  void take_out(const StoredRecord& record) {
    if (stamp_ns(store_.key_file(record.key)) > record.stamp_ns) return;  // written again since we looked
    if (!gone_.insert(record.key).second) return;
    ++result_.records;
    result_.seconds += record.whole ? record.seconds : 0;
    remove(store_.key_file(record.key));
    const size_t index = static_cast<size_t>(&record - inventory_.records.data());
    for (const auto& digest : record.outputs) {
      const auto value = inventory_.values.find(digest);
      if (value == inventory_.values.end()) continue;
      std::erase(value->second.makers, index);
      if (value->second.makers.empty() && value->second.kept_by.empty()) take_out(digest);
    }
  }

  void take_out(const Digest& digest) {
    const int64_t bytes = inventory_.values.at(digest).bytes;
    if (!taken_.insert(digest).second) return;
    ++result_.values;
    result_.bytes += bytes;
    result_.left_bytes -= bytes;
    if (!options_.dry_run) store_.discard(digest, grave_ / digest.hex());
  }

  void sweep_checkpoints() {
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(store_.root() / "unfinished", none)) {
      const std::string key = entry.path().filename();
      const bool finished = store_.record(key).has_value();
      const bool old = options_.older_than_s && now_ - stamp_ns(entry.path()) / 1'000'000'000 > *options_.older_than_s &&
                       inventory_.leased.count(Digest::from_hex(key)) == 0;
      if (!finished && !old) continue;
      auto lock = store_.try_lock(key);
      if (!lock) continue;  // somebody computes it
      ++result_.checkpoints;
      remove(entry.path());
      lock->remove_and_release();
    }
  }

  void sweep_locks() {
    std::error_code none;
    if (options_.dry_run) return;
    for (const auto& entry : fs::directory_iterator(store_.root() / "locks", none))
      if (auto lock = FileLock::attempt(entry.path())) lock->remove_and_release();
  }

  void remove(const fs::path& path) const {
    if (options_.dry_run) return;
    std::error_code problem;
    fs::remove_all(path, problem);
    if (problem) fail_writing(path, problem.value());
  }

  const Store& store_;
  const CollectOptions& options_;
  int64_t now_;
  Inventory& inventory_;
  fs::path grave_;  // what has gone, until there is time to remove it
  std::set<std::string> gone_;  // keys
  std::set<Digest> taken_;
  Collected result_;
};

}  // namespace

Collected collect(const Store& store, const CollectOptions& options, int64_t now) {
  if (!fs::is_directory(store.root())) return {};
  Inventory inventory = take_inventory(store);
  if (options.dry_run) return Collector(store, options, now, inventory, {}).run();
  const TemporaryFolder grave(store.temporary_root(), "gc");
  const auto lock = try_take_out(store.root(), options.patience_s);
  if (!lock)
    throw Error("somebody is looking things up in the store " + store.root().string(), "try again; nothing was taken out");
  keep_what_is_needed(store, inventory);
  return Collector(store, options, now, inventory, grave.path()).run();
}

}  // namespace bgraph::store

#include <bgraph/core/store/inventory.h>

#include <bgraph/core/store/durable.h>
#include <bgraph/core/store/roots.h>
#include <bgraph/sdk/contract/error.h>

#include <algorithm>
#include <ctime>

namespace bgraph::store {

namespace fs = std::filesystem;

namespace {

int64_t bytes_below(const fs::path& folder) {
  int64_t bytes = 0;
  std::error_code gone;
  for (const auto& entry : fs::recursive_directory_iterator(folder, gone))
    if (entry.is_regular_file(gone)) bytes += static_cast<int64_t>(entry.file_size(gone));
  return bytes;
}

int64_t unix_time(const std::string& utc) {
  std::tm parts{};
  return ::strptime(utc.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts) == nullptr ? 0 : ::timegm(&parts);
}

/// Every text in `meta`, at any depth, that names a value of this store.
void find_references(const Json& meta, const Inventory& inventory, std::vector<Digest>& found) {
  if (meta.is_structured())
    for (const auto& member : meta) find_references(member, inventory, found);
  if (!meta.is_string() || meta.get_ref<const std::string&>().size() != 64) return;
  try {
    const Digest digest = Digest::from_hex(meta.get_ref<const std::string&>());
    if (inventory.values.count(digest) > 0) found.push_back(digest);
  } catch (const Error&) {
    // 64 letters that are no digest
  }
}

void read_header(const Store& store, const Digest& digest, Inventory& inventory) {
  StoredValue& value = inventory.values[digest];
  value.bytes = bytes_below(store.value_folder(digest));
  try {
    const ValueHeader header = read_value_header(store.value_folder(digest));
    value.type = header.type;
    find_references(header.meta, inventory, value.refers_to);
  } catch (const Error&) {
    value.type = "damaged";
  }
}

void read_records(const Store& store, Inventory& inventory) {
  std::error_code none;
  for (const auto& shard : fs::directory_iterator(store.root() / "keys", none))
    for (const auto& entry : fs::directory_iterator(shard.path(), none)) {
      if (entry.path().extension() != ".json") continue;
      const auto found = store.record(entry.path().stem());
      if (!found) {
        inventory.malformed.push_back(entry.path());
        continue;
      }
      StoredRecord record{.key = found->key, .type = found->type, .node = found->node, .seconds = found->seconds,
                          .made = unix_time(found->made_at), .stamp_ns = stamp_ns(entry.path())};
      for (const auto& [port, digest] : found->outputs) record.outputs.push_back(digest);
      inventory.records.push_back(std::move(record));
    }
}

void link_records(Inventory& inventory) {
  for (size_t index = 0; index < inventory.records.size(); ++index)
    for (const auto& digest : inventory.records[index].outputs) {
      const auto value = inventory.values.find(digest);
      if (value == inventory.values.end())
        inventory.records[index].whole = false;
      else
        value->second.makers.push_back(index);
    }
}

/// Younger than the oldest lease and than every record that leads to it.
bool is_unrecorded(const Store& store, const Digest& digest, const StoredValue& value, const Inventory& inventory,
                   int64_t since_ns) {
  const int64_t stamp = stamp_ns(store.value_folder(digest));
  return stamp >= since_ns && std::all_of(value.makers.begin(), value.makers.end(), [&](size_t maker) {
           return inventory.records[maker].stamp_ns <= stamp;
         });
}

/// Marks a value and all it refers to.
void keep(Inventory& inventory, const Digest& digest, const std::string& by) {
  const auto value = inventory.values.find(digest);
  if (value == inventory.values.end() || !value->second.kept_by.empty()) return;
  value->second.kept_by = by;
  for (const auto& needed : value->second.refers_to) keep(inventory, needed, "for " + digest.brief());
}

}  // namespace

int64_t Inventory::bytes() const {
  int64_t sum = 0;
  for (const auto& [digest, value] : values) sum += value.bytes;
  return sum;
}

Inventory take_inventory(const Store& store) {
  Inventory inventory;
  read_records(store, inventory);  // first: a value is always there before its record
  const std::vector<Digest> values = store.values();
  for (const auto& digest : values) inventory.values[digest];
  for (const auto& digest : values) read_header(store, digest, inventory);
  link_records(inventory);
  keep_what_is_needed(store, inventory);
  return inventory;
}

void keep_what_is_needed(const Store& store, Inventory& inventory) {
  const auto keep_all_of = [&](const std::map<Digest, std::string>& needed) {
    for (const auto& [digest, by] : needed) {
      if (inventory.values.count(digest) == 0 && fs::exists(store.value_folder(digest))) read_header(store, digest, inventory);
      keep(inventory, digest, by);
    }
  };
  keep_all_of(roots(store));
  const Leased leases = leased(store.root());
  std::map<Digest, std::string> living;
  for (const auto& digest : leases.names) living[digest] = "a run that goes on";
  for (const auto& [digest, value] : inventory.values)
    if (value.kept_by.empty() && is_unrecorded(store, digest, value, inventory, leases.since_ns)) living[digest] = "being made";
  keep_all_of(living);
  inventory.leased = leases.names;
}

}  // namespace bgraph::store

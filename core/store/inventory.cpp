#include <bgraph/core/store/inventory.h>

#include <bgraph/core/store/durable.h>
#include <bgraph/core/store/roots.h>
#include <bgraph/sdk/contract/error.h>

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

void read_headers(const Store& store, Inventory& inventory) {
  for (auto& [digest, value] : inventory.values) {
    value.bytes = bytes_below(store.value_folder(digest));
    try {
      const ValueHeader header = read_value_header(store.value_folder(digest));
      value.type = header.type;
      find_references(header.meta, inventory, value.refers_to);
    } catch (const Error&) {
      value.type = "damaged";
    }
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
                          .made = unix_time(found->made_at)};
      for (const auto& [port, digest] : found->outputs) {
        record.outputs.push_back(digest);
        const auto value = inventory.values.find(digest);
        record.whole = record.whole && value != inventory.values.end();
        if (value != inventory.values.end()) value->second.makers.push_back(inventory.records.size());
      }
      inventory.records.push_back(std::move(record));
    }
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
  for (const auto& digest : store.values()) inventory.values[digest];
  read_headers(store, inventory);
  read_records(store, inventory);
  for (const auto& [digest, by] : roots(store)) keep(inventory, digest, by);
  return inventory;
}

}  // namespace bgraph::store

// Everything a store holds, with what it cost and why it stays: what `store ls` shows and `store gc` decides on.
#pragma once

#include <bgraph/core/store/store.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace bgraph::store {

struct StoredValue {
  std::string type;
  int64_t bytes = 0;                  // of all its files
  std::vector<Digest> refers_to;      // values named in its meta: a view needs its model and images
  std::vector<size_t> makers;         // records that lead to it
  std::string kept_by;                // "run full", "pin: ...", "a run that goes on", "being made", "for " + a value; "" = nobody
};

struct StoredRecord {
  std::string key, type, node;
  double seconds = 0;                 // to compute it again
  int64_t made = 0;                   // Unix time
  int64_t stamp_ns = 0;               // when its file was written, by the clock of the disk
  std::vector<Digest> outputs;
  bool whole = true;                  // all outputs are there
};

struct Inventory {
  std::map<Digest, StoredValue> values;
  std::vector<StoredRecord> records;
  std::vector<std::filesystem::path> malformed;  // records that cannot be read
  std::set<Digest> leased;                       // values and keys that living processes named

  int64_t bytes() const;
};

/// Reads every header and record. Damaged headers count as values of unknown type.
Inventory take_inventory(const Store& store);

/// Marks once more what has to stay by now: a run may have found or made something since.
void keep_what_is_needed(const Store& store, Inventory& inventory);

}  // namespace bgraph::store

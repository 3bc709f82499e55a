// Everything a store holds, with what it cost and why it stays: what `store ls` shows and `store gc` decides on.
#pragma once

#include <bgraph/core/store/store.h>

#include <map>
#include <string>
#include <vector>

namespace bgraph::store {

struct StoredValue {
  std::string type;
  int64_t bytes = 0;                  // of all its files
  std::vector<Digest> refers_to;      // values named in its meta: a view needs its model and images
  std::vector<size_t> makers;         // records that lead to it
  std::string kept_by;                // "run full", "pin: ...", "for " + a value that needs it; "" = nobody
};

struct StoredRecord {
  std::string key, type, node;
  double seconds = 0;                 // to compute it again
  int64_t made = 0;                   // Unix time
  std::vector<Digest> outputs;
  bool whole = true;                  // all outputs are there
};

struct Inventory {
  std::map<Digest, StoredValue> values;
  std::vector<StoredRecord> records;
  std::vector<std::filesystem::path> malformed;  // records that cannot be read

  int64_t bytes() const;
};

/// Reads every header and record. Damaged headers count as values of unknown type.
Inventory take_inventory(const Store& store);

}  // namespace bgraph::store

// Hot values of a worker: what one unit wrote or read, the next may read without opening it again.
#pragma once

#include <bgraph/core/store/store.h>
#include <bgraph/sdk/value.h>

#include <list>
#include <map>
#include <memory>

namespace bgraph::worker {

class ValueCache {
 public:
  /// Payloads are mapped, so a cached value costs address space before it costs memory.
  explicit ValueCache(size_t most = 64) : most_(most) {}

  /// The value, from memory or from the store. Error if it is missing or damaged.
  std::shared_ptr<const Value> open(const store::Store& store, const Digest& digest);

 private:
  size_t most_;
  std::list<Digest> recent_;  // front = used last
  std::map<Digest, std::shared_ptr<const Value>> values_;
};

}  // namespace bgraph::worker

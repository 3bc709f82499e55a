// Taking out of a store what nobody needs.
//
// What a run folder tells of, what is pinned, and what those values refer to always stays. Without limits only rubbish
// goes: values no record leads to, records whose values are gone, checkpoints of finished units, free lock files.
// Runs may go on beside it: what they found in the store, are to read or are making stays too (lease.h). They wait for
// it only while it takes things out, which are then removed from the disk without anybody waiting.
// With limits also results, a record together with its values:
//   older_than_s    those made longer ago
//   most_bytes      until the store is no larger, first those that are cheapest to compute again per byte
//                   (seconds / bytes), of equals the oldest
#pragma once

#include <bgraph/core/store/inventory.h>

#include <optional>

namespace bgraph::store {

struct CollectOptions {
  std::optional<int64_t> older_than_s;
  std::optional<int64_t> most_bytes;
  bool dry_run = false;  // say what would go, take nothing
  double patience_s = 10;  // to wait for runs that look something up
};

struct Collected {
  size_t values = 0, records = 0, checkpoints = 0;
  int64_t bytes = 0;       // of the values that went
  int64_t left_bytes = 0;  // of those that stay
  int64_t kept_bytes = 0;  // of which runs and pins keep
  double seconds = 0;      // to compute again what went
};

/// `now` is Unix time. Error if runs look things up for longer than `patience_s`.
Collected collect(const Store& store, const CollectOptions& options, int64_t now);

}  // namespace bgraph::store

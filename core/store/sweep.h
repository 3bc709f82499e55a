// What processes that were killed left in a store: values half written, checkpoints of units that are finished.
#pragma once

#include <bgraph/core/store/store.h>

namespace bgraph::store {

/// Removes it. Where that cannot be done, as in a store that is only read, it stays. A store that is not there is not made.
void sweep(const Store& store);

}  // namespace bgraph::store

// Values of the store as people name them.
#pragma once

#include <bgraph/core/store/store.h>

#include <optional>
#include <string>

namespace bgraph::cli {

/// The value whose digest begins so; nothing when there is none. Error when there are several.
std::optional<Digest> value_beginning(const store::Store& store, const std::string& start);

}  // namespace bgraph::cli

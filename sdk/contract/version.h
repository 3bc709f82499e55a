// Versions that enter gates and keys.
#pragma once

#include <cstdint>

namespace bgraph {

/// The SDK a plugin is built against; compared by the load gate.
inline constexpr char kSdkVersion[] = "0.1";

/// Raised when shared code (sdk/) changes results: every key then changes with it.
/// Golden digests in the tests say when that has happened.
inline constexpr int64_t kNumericsVersion = 2;

}  // namespace bgraph

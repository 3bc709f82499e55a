// One unit again, in this process alone, as a debugger wants it: no control, no other unit, no checkpoint.
#pragma once

#include <filesystem>

namespace bgraph::worker {

/// Runs the unit of a capsule ({"unit", "recorded": {port: digest}}; see core/run/capsule.h) and prints what it says.
/// 0 if it gives the outputs on record, or none are; 1 if it fails or gives others.
int replay(const std::filesystem::path& capsule);

}  // namespace bgraph::worker

// A worker that is its own control: units come from inside the process instead of from a parent.
#pragma once

#include <bgraph/sdk/contract/unit.h>

#include <functional>

namespace bgraph::worker {

/// Runs a unit; hears every frame before the answer. Returns the answer: the frame "done" or "failed".
using RunUnit = std::function<Json(const Unit& unit, const std::function<void(const Json& frame)>& hear)>;

/// Serves what `control` gives to run; its result is the exit code of the process. Units run on the calling thread,
/// which is where a debugger looks; `control` on another.
[[noreturn]] void serve_own(const std::function<int(const RunUnit&)>& control);

}  // namespace bgraph::worker

// Units tried in a process of their own (bgraph-worker --certify): what needs the plugin loaded is asked there.
#pragma once

#include <bgraph/sdk/contract/unit.h>

#include <filesystem>
#include <vector>

namespace bgraph::run {

/// One answer per unit (core/worker/certify.h). A unit that kills the process is told with how it ended, and those
/// after it are tried in a new one.
std::vector<Json> trials(const std::filesystem::path& worker, const std::vector<Unit>& units, int64_t threads);

}  // namespace bgraph::run

// bgraph data plan GRAPH.
#pragma once

#include <bgraph/core/cli/verbs.h>

namespace bgraph::cli {

void add_data_plan(CLI::App& data, Action& action);

}  // namespace bgraph::cli

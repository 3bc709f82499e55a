// bgraph data plan GRAPH.
#pragma once

#include <bgraph/core/cli/verbs.h>

namespace bgraph::cli {

void add_data_plan(Verb& data, Action& action);

}  // namespace bgraph::cli

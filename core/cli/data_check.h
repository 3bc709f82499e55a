// bgraph data check DIR.
#pragma once

#include <bgraph/core/cli/verbs.h>

namespace bgraph::cli {

void add_data_check(Verb& data, Action& action);

}  // namespace bgraph::cli

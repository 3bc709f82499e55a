// The order of a plan: dependencies first; among those that are free, what an earlier cell needs, and within a
// cell the longest remaining chain.
#pragma once

#include <bgraph/core/plan/plan.h>

namespace bgraph::plan {

/// Sets `path_s` of every step and sorts the steps; indices in sources and cells follow.
/// Cost: O((V + E) log V).   Error for a cycle, which `check` has refused before.
void put_in_order(Plan& plan);

}  // namespace bgraph::plan

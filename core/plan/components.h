// Components inside cached results.
//
// A Model or a view names the components it is rebuilt from, with the build of the plugin each came from.
// Which components a node will name is known only once it has run, so they are not in its key; a result that
// names another build than today's is no hit.
#pragma once

#include <bgraph/core/registry/catalogue.h>
#include <bgraph/core/store/store.h>

#include <string>
#include <vector>

namespace bgraph::plan {

/// The first of these components whose plugin has been rebuilt since, or "". Components no plugin offers any more
/// are left to whoever builds them.
std::string rebuilt_component(const std::vector<store::Build>& builds, const registry::Catalogue& catalogue);

}  // namespace bgraph::plan

// Components inside cached results.
//
// A Model or a view names the components it is rebuilt from, with the build of the plugin each came from.
// Which components a node will name is known only once it has run, so they are not in its key; a result that
// names another build than today's is no hit.
#pragma once

#include <bgraph/core/registry/catalogue.h>
#include <bgraph/core/store/store.h>

#include <string>

namespace bgraph::plan {

/// The first component anywhere in this JSON ({"component", "build_id", ...}, at any depth) whose plugin has
/// been rebuilt since, or "". Components no plugin offers any more are left to whoever builds them.
std::string rebuilt_component(const Json& meta, const registry::Catalogue& catalogue);

/// The same for all outputs of a cached result, which must be in the store.
std::string rebuilt_component(const store::KeyRecord& record, const store::Store& store,
                              const registry::Catalogue& catalogue);

}  // namespace bgraph::plan

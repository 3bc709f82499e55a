// The graph language as JSON Schema (draft 4), for editors: completion, help and red lines while typing.
//
// Made from the same declarations as the check, so the two cannot drift apart. The check says more: wiring, types,
// sizes, leaks and files are beyond a schema.
#pragma once

#include <bgraph/core/registry/catalogue.h>

namespace bgraph::graph {

Json json_schema(const registry::Catalogue& catalogue);

/// .taplo.toml for a folder of graphs: which files the schema is for. `schema` is its path from that folder.
std::string taplo_settings(const std::string& schema);

}  // namespace bgraph::graph

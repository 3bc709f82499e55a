// Manual pages of nodes and components, written from their declarations alone.
#pragma once

#include <bgraph/core/registry/catalogue.h>

#include <string>

namespace bgraph::cli {

/// All types by folder with their first sentences.
std::string list_page(const registry::Catalogue& catalogue);
Json list_json(const registry::Catalogue& catalogue);

/// What a node is, its ports, its parameters with kinds, ranges, defaults and meaning, and its source.
std::string manual_page(const registry::NodeOffer& node);
std::string manual_page(const registry::ComponentOffer& component);
/// Of a node that makes the component of its own name.
std::string manual_page(const registry::NodeOffer& node, const registry::ComponentOffer& component);
Json manual_json(const registry::NodeOffer& node);
Json manual_json(const registry::ComponentOffer& component);

}  // namespace bgraph::cli

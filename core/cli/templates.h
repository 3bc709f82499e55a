// The texts that `bgraph new` starts people with.
#pragma once

#include <bgraph/core/registry/catalogue.h>

#include <string>
#include <vector>

namespace bgraph::cli {

std::string node_source(const std::string& folder, const std::string& name);
std::string node_test(const std::string& folder, const std::string& name);
std::string plugin_cmake(const std::string& name);  // of a plugin outside the tree
std::string plugin_graph(const std::string& type);  // a graph of the toy brains with one such node

std::string ablation(const std::string& base);

/// Types of a small study: simulated brains and what can be said of their voxels.
std::vector<std::string> toy_study();

/// A graph of these nodes in order. An input takes the nearest earlier output of its type (test and truth data only
/// where nothing is fitted); parameters stand as comments with their defaults, those that must be given as "?".
/// Error for a type no plugin offers.
std::string graph_of(const std::vector<std::string>& types, const registry::Catalogue& catalogue);

}  // namespace bgraph::cli

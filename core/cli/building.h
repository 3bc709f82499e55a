// Plugins of a source tree that are built when somebody asks for them.
//
// A build tree knows from its sources what every plugin offers (core/registry/declared.h). Started by the bootstrap script,
// which sets BGRAPH_BUILDER, the program has those built that a graph or a verb needs, all at once, and finds plugins
// again. Without the script nothing is ever built here: a type of such a plugin is an error that says so.
#pragma once

#include <bgraph/core/graph/check.h>
#include <bgraph/core/registry/declared.h>

#include <filesystem>
#include <set>
#include <string>

namespace bgraph::cli {

/// Runs the builder on these plugins; false when there is none, or nothing to build. Error when it fails.
bool build(const std::set<std::string>& plugins);

/// Types of declared plugins that a graph names: of its nodes, as values of parameters or of sweeps, and in the recipes of
/// the model files it reads.
std::set<std::string> types_named(const graph::Resolved& resolved, const std::filesystem::path& data,
                                  const registry::DeclaredPlugins& declared);

/// Component types in the recipe of a model file, parts included; none if it carries no recipe.
std::set<std::string> components_in(const std::filesystem::path& file);

}  // namespace bgraph::cli

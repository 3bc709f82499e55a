// What the tests of graphs share: a small fixed set of nodes, and graphs written into a scratch folder.
#pragma once

#include "../scratch.h"

#include <bgraph/core/graph/check.h>

#include <filesystem>
#include <string>

namespace bgraph::graph {

/// The nodes of tests/graphs/manifest.json, which leaves out what a declaration leaves out.
const registry::Catalogue& fixture_nodes();

/// Folder tests/graphs of the source tree.
std::filesystem::path graphs_folder();

/// A folder of this test alone, removed with it.
struct ScratchFolder : Scratch {
  /// Writes a file and returns its path.
  std::filesystem::path write(const std::string& name, const std::string& text) const;
};

/// Reads a file whole.
std::string text_of(const std::filesystem::path& file);

/// All problems of a graph given as text, as people read them; "" when it is right.
std::string problems_of(const std::string& text, const Choices& choices = {});

}  // namespace bgraph::graph

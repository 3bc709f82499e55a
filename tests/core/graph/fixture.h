// What the tests of graphs share: a small fixed set of nodes, and graphs written into a scratch folder.
#pragma once

#include <bgraph/core/graph/check.h>

#include <filesystem>
#include <string>

namespace bgraph::graph {

/// The nodes of tests/graphs/manifest.json, which leaves out what a declaration leaves out.
const registry::Catalogue& fixture_nodes();

/// Folder tests/graphs of the source tree.
std::filesystem::path graphs_folder();

/// A folder of this test alone, removed with it.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  /// Writes a file and returns its path.
  std::filesystem::path write(const std::string& name, const std::string& text) const;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Reads a file whole.
std::string text_of(const std::filesystem::path& file);

/// All problems of a graph given as text, as people read them; "" when it is right.
std::string problems_of(const std::string& text, const Choices& choices = {});

}  // namespace bgraph::graph

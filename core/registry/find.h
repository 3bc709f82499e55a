// Finding plugins: where they are looked for, which are accepted, and why the others are not.
//
// Search order: folders named on the command line, BGRAPH_PLUGIN_PATH, the build tree, the install
// prefix. A file is accepted when its note agrees with the worker's and its manifest can be read.
// Nothing is loaded into this process.
#pragma once

#include <bgraph/core/registry/catalogue.h>
#include <bgraph/core/registry/declared.h>

#include <filesystem>
#include <string>
#include <vector>

namespace bgraph::registry {

struct Search {
  std::vector<std::filesystem::path> named;  // --plugins: folders or files; must exist and be right
  std::vector<std::filesystem::path> folders;  // looked into when they exist
  std::filesystem::path worker;                // bgraph-worker: its note is the gate
  std::filesystem::path cache;                 // manifests of plugins that carry none
};

struct Rejected {
  std::filesystem::path file;
  std::string reason;
};

struct Found {
  Catalogue catalogue;
  std::vector<std::filesystem::path> accepted;
  std::vector<Rejected> rejected;
  DeclaredPlugins declared;  // what a build tree among the folders could build

  /// "2 of 41 plugins were rejected: a.so, b.so (see `bgraph doctor`)", or "".
  std::string summary() const;
};

/// Folders from BGRAPH_PLUGIN_PATH (colon-separated), then `plugins` beside the folder of the
/// running binary, then the install prefix; worker and cache as usual.
Search usual_search(const std::vector<std::filesystem::path>& named);

/// Error for a node offered twice, for a named file that is rejected, a named folder that does not
/// exist, and a worker without a note. The same file met twice (through a link) counts once.
Found find_plugins(const Search& search);

}  // namespace bgraph::registry

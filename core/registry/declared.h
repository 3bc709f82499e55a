// Plugins as the sources of a build tree declare them, built or not.
//
// The build writes them into the folder of its plugins (sdk/cmake/BgraphDeclared.cmake), declared.json:
//
//   {"decoding.train": {"nodes": ["decoding.train"], "components": [], "names": ["decoding.bit"]}, ...}
//
// `names` are types of other plugins that stand quoted in its sources: it makes or builds them when it runs. A plugin
// counts as built when its library lies beside the file; whether that one is accepted is the gate's to say.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace bgraph::registry {

struct DeclaredPlugin {
  std::vector<std::string> nodes, components, names;
  bool built = false;
};

class DeclaredPlugins {
 public:
  /// Adds those of a folder; nothing when it has no such file. Error when the file is malformed.
  void read(const std::filesystem::path& folder);

  const std::map<std::string, DeclaredPlugin>& plugins() const { return plugins_; }
  bool all_built() const;
  bool offers(const std::string& type) const { return by_type_.count(type) > 0; }

  /// Plugins still to be built for these types to run, with all that those name in turn. Other words are left out.
  std::set<std::string> unbuilt(const std::set<std::string>& types) const;
  std::set<std::string> unbuilt() const;

 private:
  std::map<std::string, DeclaredPlugin> plugins_;
  std::map<std::string, std::string> by_type_;  // type -> plugin
};

}  // namespace bgraph::registry

#include <bgraph/core/registry/declared.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/manifest.h>

#include <algorithm>
#include <fstream>

namespace bgraph::registry {

namespace fs = std::filesystem;

void DeclaredPlugins::read(const fs::path& folder) {
  const fs::path file = folder / "declared.json";
  std::ifstream in(file, std::ios::binary);
  if (!in) return;
  try {
    const Json all = Json::parse(in);
    for (const auto& [name, declared] : all.items()) {
      DeclaredPlugin plugin{declared.at("nodes"), declared.at("components"), declared.at("names"),
                            fs::exists(folder / (name + ".so"))};
      for (const auto* types : {&plugin.nodes, &plugin.components})
        for (const auto& type : *types) by_type_.emplace(type, name);
      plugins_.emplace(name, std::move(plugin));
    }
  } catch (const Json::exception&) {
    throw Error(file.string() + " is malformed", "remove it and build again");
  }
}

bool DeclaredPlugins::all_built() const {
  return std::all_of(plugins_.begin(), plugins_.end(), [](const auto& plugin) { return plugin.second.built; });
}

std::set<std::string> DeclaredPlugins::unbuilt(const std::set<std::string>& types) const {
  std::set<std::string> needed, missing;
  std::vector<std::string> next(types.begin(), types.end());
  while (!next.empty()) {
    const auto offered = by_type_.find(next.back());
    next.pop_back();
    if (offered == by_type_.end() || !needed.insert(offered->second).second) continue;
    const DeclaredPlugin& plugin = plugins_.at(offered->second);
    if (!plugin.built) missing.insert(offered->second);
    next.insert(next.end(), plugin.names.begin(), plugin.names.end());
  }
  return missing;
}

std::set<std::string> DeclaredPlugins::unbuilt() const {
  std::set<std::string> missing;
  for (const auto& [name, plugin] : plugins_)
    if (!plugin.built) missing.insert(name);
  return missing;
}

}  // namespace bgraph::registry

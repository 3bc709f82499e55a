// Loading plugins behind the gate, and making nodes and components from them. Used by the worker and by tests.
#pragma once

#include <bgraph/sdk/component.h>
#include <bgraph/sdk/contract/note.h>
#include <bgraph/sdk/contract/unit.h>
#include <bgraph/sdk/node.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>

namespace bgraph {

/// What this process was built for; plugins must agree in every field.
const AbiNote& host_note();

class PluginHost {
 public:
  PluginHost();
  ~PluginHost();

  /// Compares the ELF note, loads the library, collects its entries. Loading twice is harmless.
  /// Error naming every differing field, before any byte of the plugin runs. Libraries are never unloaded.
  const PluginEntries& load(const std::filesystem::path& file);

  /// Where the plugins of component types are, so that recipes can be built on demand.
  void offer_components(const ComponentFiles& files);

  std::unique_ptr<Node> make_node(const std::string& type, const Json& params);
  std::shared_ptr<Component> make_component(const std::string& type, const Json& params,
                                            std::string_view interface);
  const ComponentEntry& component(const std::string& type);
  std::string build_id_of_component(const std::string& type);

  Manifest describe(const std::filesystem::path& file, const std::filesystem::path& source_root);

 private:
  struct Loaded;
  std::map<std::filesystem::path, std::unique_ptr<Loaded>> loaded_;
  std::map<std::string, std::filesystem::path> component_files_;
};

}  // namespace bgraph

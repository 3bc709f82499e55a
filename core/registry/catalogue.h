// What all accepted plugins offer: node and component types by name.
#pragma once

#include <bgraph/sdk/contract/manifest.h>
#include <bgraph/sdk/contract/unit.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace bgraph::registry {

/// Where a type comes from: enters keys (identity) and units (file).
struct Origin {
  std::string plugin;
  std::filesystem::path file;
  std::string build_id;
  std::string semantic_version;  // the author's promise, "" = none

  /// What its results are known by: the build, or the promised version.
  std::string identity() const { return identity_of(plugin, semantic_version, build_id); }
};

struct NodeOffer : Origin {
  NodeSpec spec;
};

struct ComponentOffer : Origin {
  ComponentSpec spec;
};

class Catalogue {
 public:
  /// Error naming both files when a type is already offered by another plugin.
  void add(const Manifest& manifest, const std::filesystem::path& file,
           const std::string& build_id);

  const NodeSpec* node(const std::string& type) const;  // nullptr when unknown
  const NodeOffer* node_offer(const std::string& type) const;
  const ComponentOffer* component(const std::string& type) const;

  const std::map<std::string, NodeOffer>& nodes() const { return nodes_; }
  const std::map<std::string, ComponentOffer>& components() const { return components_; }
  /// Where they are, as every unit of a run says it.
  std::shared_ptr<const ComponentFiles> component_files() const;

  /// A type of a plugin that the build tree could build: known by name alone.
  void add_unbuilt_node(const std::string& type, const std::string& plugin) { unbuilt_nodes_[type] = plugin; }
  void add_unbuilt_component(const std::string& type, const std::string& plugin) { unbuilt_components_[type] = plugin; }

  // Built or not, sorted.
  std::vector<std::string> node_types() const;
  std::vector<std::string> component_types() const;

  /// What to do about a type no plugin offers: build its plugin, or spell it right; "" if nothing is near.
  std::string advice(const std::string& type) const;
  std::string component_advice(const std::string& type) const;

 private:
  std::map<std::string, NodeOffer> nodes_;
  std::map<std::string, ComponentOffer> components_;
  std::map<std::string, std::string> unbuilt_nodes_, unbuilt_components_;  // type -> plugin
};

}  // namespace bgraph::registry

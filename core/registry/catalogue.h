// What all accepted plugins offer: node and component types by name.
#pragma once

#include <bgraph/sdk/contract/manifest.h>

#include <filesystem>
#include <map>
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
  std::vector<std::string> node_types() const;  // sorted

 private:
  std::map<std::string, NodeOffer> nodes_;
  std::map<std::string, ComponentOffer> components_;
};

}  // namespace bgraph::registry

// What a plugin library hands to the worker through its one exported function.
//
// The entries are collected inside the plugin (plugin_entries() is hidden, one per library) by the static
// objects behind BGRAPH_NODE and BGRAPH_COMPONENT; bgraph_plugin_entry() returns them after the load gate
// has compared the ELF note.
#pragma once

#include <bgraph/sdk/contract/manifest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace bgraph {

class Node;
class Component;

struct NodeEntry {
  std::string type;
  std::string source;
  std::function<std::unique_ptr<Node>(const Json& params, const std::string& owner)> create;
  std::function<NodeSpec()> describe;
};

struct ComponentEntry {
  std::string type;
  std::string interface;
  std::string source;
  std::function<std::shared_ptr<Component>(const Json& params, const std::string& owner)> create;
  std::function<std::vector<ParamSpec>()> describe;
};

struct PluginEntries {
  std::vector<NodeEntry> nodes;
  std::vector<ComponentEntry> components;
  std::string semantic_version;
};

PluginEntries& plugin_entries();  // defined in each plugin by bgraph_plugin(), never shared

namespace detail {
struct SemanticVersionRegistration {
  explicit SemanticVersionRegistration(const char* version) { plugin_entries().semantic_version = version; }
};
}  // namespace detail

/// Once per plugin, if at all: its author promises that all builds under this version give the same results, so that
/// a rebuild keeps what is cached. Whoever changes a result must change the version. Uses of the promise are recorded.
#define BGRAPH_SEMANTIC_VERSION(version) \
  static const ::bgraph::detail::SemanticVersionRegistration register_semantic_version(version);

inline constexpr char kPluginEntry[] = "bgraph_plugin_entry";
using PluginEntryFunction = const PluginEntries*();

}  // namespace bgraph

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
};

PluginEntries& plugin_entries();  // defined in each plugin by bgraph_plugin(), never shared

inline constexpr char kPluginEntry[] = "bgraph_plugin_entry";
using PluginEntryFunction = const PluginEntries*();

}  // namespace bgraph

// Part of every plugin: its list of nodes and components, and the one function it exports. One object for all plugins of
// the tree; hidden visibility gives each library a list of its own.
#include <bgraph/sdk/plugin.h>

namespace bgraph {

PluginEntries& plugin_entries() {
  static auto* entries = new PluginEntries;  // never destroyed: libraries are never unloaded
  return *entries;
}

}  // namespace bgraph

extern "C" [[gnu::visibility("default")]] const bgraph::PluginEntries* bgraph_plugin_entry() {
  return &bgraph::plugin_entries();
}

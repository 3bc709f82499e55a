// Compiled into every plugin by bgraph_plugin(): its ELF note and its one exported function.
#include <bgraph/sdk/contract/note.h>
#include <bgraph/sdk/plugin.h>

#include <bgraph_abi_note.h>

namespace bgraph {

PluginEntries& plugin_entries() {
  static auto* entries = new PluginEntries;  // never destroyed: libraries are never unloaded
  return *entries;
}

namespace {
struct NoteSection {
  uint32_t name_size = sizeof(kNoteName) - 1, descriptor_size = sizeof(AbiNote), type = kNoteType;
  char name[8] = {'b', 'g', 'r', 'a', 'p', 'h', 0, 0};
  AbiNote note = make_abi_note(BGRAPH_PLUGIN_NAME, BGRAPH_PLUGIN_VERSION);
};
[[gnu::section(".note.bgraph"), gnu::used, gnu::aligned(4)]] constinit const NoteSection note_section{};
}  // namespace

}  // namespace bgraph

extern "C" [[gnu::visibility("default")]] const bgraph::PluginEntries* bgraph_plugin_entry() {
  return &bgraph::plugin_entries();
}

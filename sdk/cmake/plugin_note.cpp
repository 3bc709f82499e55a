// The ELF note of the load gate, compiled into every plugin and into the worker under their names. The C++ library is
// left out, because there are a hundred of them to compile.
#include <bgraph_abi_note.h>

namespace bgraph {

namespace {
struct NoteSection {
  uint32_t name_size = sizeof(kNoteName) - 1, descriptor_size = sizeof(AbiNote), type = kNoteType;
  char name[8] = {'b', 'g', 'r', 'a', 'p', 'h', 0, 0};
  AbiNote note = make_abi_note(BGRAPH_PLUGIN_NAME, BGRAPH_PLUGIN_VERSION);
};
[[gnu::section(".note.bgraph"), gnu::used, gnu::aligned(4)]] constinit const NoteSection note_section{};
}  // namespace

}  // namespace bgraph

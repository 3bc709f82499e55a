// A plugin as far as the registry can see: FAKE_NAME names it, FAKE_NODE is the node its manifest
// offers (none: no manifest is embedded), FAKE_LIBTORCH what it says it was built against. Loading it is fatal: the
// registry has to do without.
#include "fake.h"

#include <cstdlib>

namespace {

[[gnu::constructor]] void refuse_to_be_loaded() { std::abort(); }

[[gnu::section(".note.bgraph"), gnu::used,
  gnu::aligned(4)]] constinit const bgraph::FakeNoteSection note{
    .note = bgraph::fake_note(FAKE_NAME, FAKE_LIBTORCH)};

#ifdef FAKE_NODE
[[gnu::section(".bgraph.manifest"), gnu::used]] constinit const auto manifest = bgraph::text_bytes(
    R"({"plugin": ")" FAKE_NAME
    R"(", "version": "1", "semantic_version": "", "components": [], "nodes": [{"type": ")" FAKE_NODE
    R"(", "summary": "", "doc": "", "source": "", "inputs": [], "outputs": [], "params": [],)"
    R"( "draws": false, "map_chunk": 0, "memory": "", "declares_ports": false}]})");
#endif

}  // namespace

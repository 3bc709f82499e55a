// The layout of a plugin's ELF note: what it was built for. Read by note.h; written by every plugin, so nothing else is
// included here.
#pragma once

#include <cstdint>

namespace bgraph {

inline constexpr uint32_t kNoteVersion = 1;
inline constexpr uint32_t kNoteType = 0x42475246;  // "BGRF"
inline constexpr char kNoteName[8] = "bgraph";     // seven bytes with its zero, padded to eight

/// Texts are zero-padded. No padding between fields: every size is a multiple of 4.
struct AbiNote {
  uint32_t size;           // sizeof(AbiNote)
  uint32_t version;        // kNoteVersion
  char sdk[16];            // SDK version, "0.1"
  char compiler[16];       // "gcc 12"
  char cxx_standard[16];   // "202002"
  char string_abi[8];      // "cxx11" or "old"
  char debug_mode[16];     // "off", "assertions", "debug"
  char sanitizer[24];      // "none", "address+undefined", ...
  char libtorch[24];       // "1.13.1"
  char cuda[16];           // "cpu" or "cuda 12.4"
  char sdk_headers[68];    // digest of the SDK headers (the numerics of shared code)
  char plugin[64];         // name of the plugin
  char plugin_version[16];
};
static_assert(sizeof(AbiNote) == 292 && alignof(AbiNote) == 4);

}  // namespace bgraph

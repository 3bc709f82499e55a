// The load gate: what a plugin was built for, as a fixed-layout ELF note that is read without loading it.
//
// A plugin compiled with another std::string ABI loads without complaint and then corrupts memory, so
// compatibility is decided from bytes in the file, field by field, before any byte of the plugin runs.
#pragma once

#include <bgraph/sdk/contract/digest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace bgraph {

inline constexpr uint32_t kNoteVersion = 1;
inline constexpr uint32_t kNoteType = 0x42475246;  // "BGRF"
inline constexpr char kNoteName[8] = "bgraph";     // seven bytes with its zero, padded to eight
inline constexpr char kNoteSection[] = ".note.bgraph";
inline constexpr char kManifestSection[] = ".bgraph.manifest";

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

/// What can be known of a plugin file without loading it.
struct PluginFile {
  std::filesystem::path file;
  AbiNote note{};
  std::string build_id;  // hex, from the linker's note
  std::string manifest;  // JSON text of the embedded section, "" if the build added none
};

/// Reads notes and manifest of one shared library. Error (naming the file) when it is no ELF file, is
/// truncated, or carries no bgraph note.
PluginFile read_plugin_file(const std::filesystem::path& file);

/// One sentence per field in which the two differ: field, both values, fix. Empty = may be loaded.
std::vector<std::string> abi_differences(const AbiNote& host, const AbiNote& plugin);

/// What the identity of a plugin is in keys and recipes.
std::string plugin_name(const AbiNote& note);

}  // namespace bgraph

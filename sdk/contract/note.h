// The load gate: what a plugin was built for, as a fixed-layout ELF note that is read without loading it.
//
// A plugin compiled with another std::string ABI loads without complaint and then corrupts memory, so
// compatibility is decided from bytes in the file, field by field, before any byte of the plugin runs.
#pragma once

#include <bgraph/sdk/contract/abi_note.h>

#include <filesystem>
#include <string>
#include <vector>

namespace bgraph {

inline constexpr char kNoteSection[] = ".note.bgraph";
inline constexpr char kManifestSection[] = ".bgraph.manifest";

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

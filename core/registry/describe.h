// The manifest of a plugin that carries none: asked once from a child process, then remembered.
#pragma once

#include <bgraph/sdk/contract/manifest.h>
#include <bgraph/sdk/contract/note.h>

#include <filesystem>
#include <string>

namespace bgraph::registry {

/// JSON text printed by `WORKER --describe FILE`. Error with the signal when the child dies, with
/// its last words when it fails, and when it takes longer than a minute.
std::string describe_in_child(const std::filesystem::path& worker,
                              const std::filesystem::path& plugin);

/// The manifest of a plugin: embedded, remembered under `cache` by build id, or described now.
/// Only what is a manifest is remembered. Error when it is none.
Manifest manifest_of(const PluginFile& plugin, const std::filesystem::path& worker,
                     const std::filesystem::path& cache);

/// Where manifests are remembered: BGRAPH_CACHE, or bgraph/ under XDG_CACHE_HOME or ~/.cache.
std::filesystem::path cache_folder();

}  // namespace bgraph::registry

// What plugins offer, for those who must not load them: printed, or embedded as an ELF section.
#pragma once

#include <filesystem>
#include <vector>

namespace bgraph::worker {

/// Prints the manifest of one plugin as JSON on stdout.
void describe(const std::filesystem::path& plugin, const std::filesystem::path& source_root);

/// Adds the manifest section to every plugin that lacks it (objcopy, then one rename).
void embed(const std::vector<std::filesystem::path>& plugins, const std::filesystem::path& source_root);

}  // namespace bgraph::worker

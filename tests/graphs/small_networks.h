// Files of the published networks under their own names, with few channels: what nsd_paper_tiny.toml loads.
#pragma once

#include <filesystem>

namespace bgraph::testing {

/// One .safetensors per network of graphs/nsd, profiles paper and release, into this folder.
void write_small_networks(const std::filesystem::path& folder);

}  // namespace bgraph::testing

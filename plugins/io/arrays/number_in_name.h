// The number by which a file's name knows its content: "coco/recon_0123.png" -> 123.
#pragma once

#include <cstdint>
#include <filesystem>

namespace bgraph::io {

/// The last number in the name without its ending; -1 if there is none, or more than an id can hold.
int64_t number_in_name(const std::filesystem::path& file);

}  // namespace bgraph::io

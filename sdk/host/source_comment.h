// The opening comment of a source file: the manual of the node in it, written once, where the code is.
#pragma once

#include <filesystem>
#include <string>

namespace bgraph {

/// The leading `//` lines without their slashes; "" if the file is absent or begins otherwise.
std::string opening_comment(const std::filesystem::path& source);

/// "voxels.noise_ceiling: the most variance ..., voxel by voxel." -> what follows the colon, to the first full stop.
std::string first_sentence(const std::string& comment);

}  // namespace bgraph

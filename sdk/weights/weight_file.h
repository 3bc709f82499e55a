// Weight files as others publish them: names and arrays, with nothing that says what they are for.
//
//   model.safetensors                  one file
//   model.safetensors.index.json       several, named by their index
//
// Files are mapped, not read: a tensor costs memory when it is used. Pickles (.pt .pth .ckpt) are refused here:
// `bgraph import` turns them into safetensors.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>

namespace bgraph {

/// Every tensor of a weight file by name, in the dtype of the file.
/// Errors: a file that is neither form; a shard that is missing or holds other tensors than the index says.
std::map<std::string, at::Tensor> read_weight_file(const std::filesystem::path& file);

}  // namespace bgraph

// model.safetensors.index.json: one set of weights in several safetensors files, its shards.
//
//   {"metadata": {...}, "weight_map": {"layer.0.weight": "model-00001-of-00002.safetensors", ...}}
//
// Shards stand beside the index: a name with a path in it is refused, so that a file from elsewhere cannot
// make anybody read elsewhere. metadata.total_size is not relied on: the shards say it themselves.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bgraph {

/// Whether the file is an index, by its name.
bool is_safetensors_index(const std::filesystem::path& file);

/// Tensor name -> shard file name. Error if the text is no index; `name` is used in errors only.
std::map<std::string, std::string> parse_safetensors_index(std::string_view text, const std::string& name);

/// The files beside an index that hold its tensors, sorted. Error if the index cannot be read or is none.
std::vector<std::filesystem::path> shards_of(const std::filesystem::path& index);

/// The text of an index; Error if it cannot be read or is larger than any index can be.
std::string read_safetensors_index(const std::filesystem::path& index);

}  // namespace bgraph

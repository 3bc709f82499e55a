#include <bgraph/sdk/weights/weight_file.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/safetensors_index.h>
#include <bgraph/sdk/value.h>

#include <array>
#include <fstream>

namespace bgraph {

namespace {

using Tensors = std::map<std::string, at::Tensor>;

/// A zip archive or a pickle: what PyTorch writes.
bool is_checkpoint(const std::filesystem::path& file) {
  std::array<unsigned char, 4> start{};
  std::ifstream(file, std::ios::binary).read(reinterpret_cast<char*>(start.data()), start.size());
  const bool zip = start[0] == 'P' && start[1] == 'K' && start[2] == 3 && start[3] == 4;
  const bool pickle = start[0] == 0x80 && start[1] >= 2 && start[1] <= 5;
  return zip || pickle;
}

Tensors read_shards(const std::filesystem::path& index) {
  const auto places = parse_safetensors_index(read_safetensors_index(index), index.string());
  Tensors tensors;
  for (const auto& shard : shards_of(index))
    for (auto& [name, tensor] : read_safetensors(shard)) {
      const auto place = places.find(name);
      if (place == places.end() || place->second != shard.filename())
        throw Error(shard.string() + " holds the tensor '" + name + "', which " + index.filename().string() +
                    (place == places.end() ? " does not list" : " says is in " + place->second));
      tensors[name] = std::move(tensor);
    }
  for (const auto& [name, shard] : places)
    if (!tensors.contains(name))
      throw Error(index.string() + " says that the tensor '" + name + "' is in " + shard + ", which does not hold it");
  return tensors;
}

}  // namespace

Tensors read_weight_file(const std::filesystem::path& file) {
  if (is_safetensors_index(file)) return read_shards(file);
  if (is_checkpoint(file))
    throw Error(file.string() + " is a PyTorch checkpoint, which is a program as much as data; weights are read from "
                                ".safetensors files",
                "bgraph import " + file.string());
  return read_safetensors(file);
}

}  // namespace bgraph

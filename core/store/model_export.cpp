#include <bgraph/core/store/model_export.h>

#include <bgraph/core/store/durable.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/mapped_file.h>
#include <bgraph/sdk/contract/model_file.h>
#include <bgraph/sdk/contract/safetensors.h>
#include <bgraph/sdk/contract/value_header.h>

#include <cstring>
#include <map>

namespace bgraph::store {

namespace {

using Content = std::span<const std::byte>;

// How a Model names its tensors in the store; those of a part stand below "role/".
constexpr std::string_view kWeight = "weight.", kTrainedOn = "trained_on";

struct Payload {
  std::vector<SafetensorsEntry> weights;      // by their own names
  std::map<std::string, Content> content;     // of the weights
  std::map<std::string, Content> trained_on;  // by the prefix of the part, "" for the model itself
};

Payload sorted_out(Content file, const std::string& name) {
  Payload payload;
  for (const auto& entry : parse_safetensors(file, name).entries) {
    const Content content = file.subspan(entry.begin, entry.end - entry.begin);
    const size_t start = entry.name.rfind('/') + 1;  // npos + 1 = 0: no part
    const std::string part = entry.name.substr(0, start), own = entry.name.substr(start);
    if (own == kTrainedOn) {
      payload.trained_on[part] = content;
    } else if (own.starts_with(kWeight)) {
      const std::string weight = part + own.substr(kWeight.size());
      payload.weights.push_back({weight, entry.dtype, entry.shape});
      payload.content[weight] = content;
    } else {
      throw Error(name + " holds '" + entry.name + "', which is no weight of a model");
    }
  }
  return payload;
}

Json ranges_in(Content content) {
  std::vector<int64_t> ids(content.size() / sizeof(int64_t));
  std::memcpy(ids.data(), content.data(), ids.size() * sizeof(int64_t));
  return ranges_of(ids);
}

Json portable(const Json& recipe, const std::string& part, const Payload& payload) {
  const auto ids = payload.trained_on.find(part);
  Json parts = Json::object();
  for (const auto& [role, nested] : recipe.at("parts").items())
    parts[role] = portable(nested, part + role + "/", payload);
  return {{"component", recipe.at("component")},
          {"params", recipe.at("params")},
          {"notes", recipe.at("notes")},
          {"trained_space", recipe.at("trained_space")},
          {"trained_on", ids == payload.trained_on.end() ? Json::array() : ranges_in(ids->second)},
          {"parts", parts}};
}

}  // namespace

void export_model(const std::filesystem::path& value_folder, const std::filesystem::path& file) {
  const ValueHeader header = read_value_header(value_folder);
  if (header.type != "Model")
    throw Error("the value is of type " + header.type + ", and only a Model can be exported");
  const std::filesystem::path stored = value_folder / kPayloadFile;
  const MappedFile mapped(stored);
  Payload payload = sorted_out(mapped.bytes(), stored.string());
  const std::string recipe = portable(header.meta.at("recipe"), "", payload).dump();

  std::string text = safetensors_prefix(payload.weights, {{kRecipeMetadata, recipe}});
  for (const auto& entry : payload.weights) {
    const Content content = payload.content.at(entry.name);
    text.append(reinterpret_cast<const char*>(content.data()), content.size());
  }
  write_durably(std::filesystem::absolute(file), text);
}

}  // namespace bgraph::store

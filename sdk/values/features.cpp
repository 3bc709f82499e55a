#include <bgraph/sdk/values/features.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/values/tensor.h>

#include <ATen/ops/cat.h>

namespace bgraph {

const FeatureLayer& Features::layer(const std::string& name) const {
  std::vector<std::string> names;
  for (const auto& layer : layers) {
    if (layer.name == name) return layer;
    names.push_back(layer.name);
  }
  std::string all;
  for (const auto& known : names) all += (all.empty() ? "'" : ", '") + known + "'";
  throw Error("there is no layer '" + name + "'; layers are " + all, did_you_mean(name, names));
}

Features Features::rows(int64_t begin, int64_t end) const {
  Features part = *this;
  for (auto& layer : part.layers) layer.tokens = layer.tokens.slice(0, begin, end);
  part.image_id = image_id.slice(0, begin, end);
  return part;
}

Features Features::select(const at::Tensor& index) const {
  Features part = *this;
  for (auto& layer : part.layers) layer.tokens = layer.tokens.index_select(0, index);
  part.image_id = image_id.index_select(0, index);
  return part;
}

Features Features::concat(const std::vector<Features>& parts) {
  Features whole = parts.front();
  std::vector<at::Tensor> ids;
  for (const auto& part : parts) ids.push_back(part.image_id);
  whole.image_id = at::cat(ids);
  for (size_t l = 0; l < whole.layers.size(); ++l) {
    std::vector<at::Tensor> tokens;
    for (const auto& part : parts) tokens.push_back(part.layers.at(l).tokens);
    whole.layers[l].tokens = at::cat(tokens);
  }
  return whole;
}

Value Features::to_value() const {
  Value value{.type = kType,
              .meta = {{"id_space", id_space}, {kSplit, split}, {"network", network},
                       {kItems, size()}, {"layers", Json::array()}},
              .tensors = {{"image_id", image_id}}};
  for (const auto& layer : layers) {
    if (layer.tokens.dim() != 3 || layer.tokens.size(0) != size())
      throw ShapeError("layer '" + layer.name + "' is " + shape_text(layer.tokens) +
                       ", expected [N, P, D] with N = " + std::to_string(size()));
    value.meta["layers"].push_back(
        {{"name", layer.name}, {"height", layer.height}, {"width", layer.width}});
    value.tensors["layer." + layer.name] = layer.tokens;
  }
  return value;
}

Features Features::from_value(const Value& value) {
  Features features{.image_id = value.tensors.at("image_id"),
                    .id_space = value.meta.at("id_space"),
                    .split = value.meta.at(kSplit),
                    .network = value.meta.at("network")};
  for (const auto& layer : value.meta.at("layers")) {
    const std::string name = layer.at("name");
    features.layers.push_back(
        {name, value.tensors.at("layer." + name), layer.at("height"), layer.at("width")});
  }
  return features;
}

}  // namespace bgraph

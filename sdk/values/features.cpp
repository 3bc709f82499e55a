#include <bgraph/sdk/values/features.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/values/tensor.h>

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>

namespace bgraph {

namespace {

at::Tensor sizes_of(int64_t rows, int64_t positions, int64_t dim) {
  return at::empty({rows, positions, dim}, at::TensorOptions().dtype(at::kFloat).device(at::kMeta));
}

void write_view(const FeaturesView& view, Value& value) {
  Json how = Json::array();
  for (const auto& layer : view.how) how.push_back({layer.kernel, layer.stride, layer.copies});
  value.meta["view"] = {{"model", view.model}, {"images", view.images}, {"how", how}, {"batch", view.batch}};
  value.tensors["row"] = view.row;
}

FeaturesView read_view(const Value& value) {
  const Json& meta = value.meta.at("view");
  FeaturesView view{.model = meta.at("model"), .images = meta.at("images").get<std::vector<std::string>>(),
                    .batch = meta.at("batch"), .row = value.tensors.at("row")};
  for (const auto& layer : meta.at("how")) view.how.push_back({layer.at(0), layer.at(1), layer.at(2)});
  return view;
}

}  // namespace

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
  if (part.view) part.view->row = view->row.slice(0, begin, end);
  part.image_id = image_id.slice(0, begin, end);
  return part;
}

Features Features::select(const at::Tensor& index) const {
  Features part = *this;
  for (auto& layer : part.layers)
    layer.tokens = view ? sizes_of(index.size(0), layer.tokens.size(1), layer.tokens.size(2)) : layer.tokens.index_select(0, index);
  if (part.view) part.view->row = view->row.index_select(0, index);
  part.image_id = image_id.index_select(0, index);
  return part;
}

Features Features::concat(const std::vector<Features>& parts) {
  for (const auto& part : parts)
    if (part.view) throw Error("features that are a view cannot be joined row by row", "open them first");
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
    Json& entry = value.meta["layers"].emplace_back(
        Json{{"name", layer.name}, {"height", layer.height}, {"width", layer.width}});
    if (view) entry["positions"] = layer.tokens.size(1), entry["dim"] = layer.tokens.size(2);
    else value.tensors["layer." + layer.name] = layer.tokens;
  }
  if (view) write_view(*view, value);
  return value;
}

Features Features::from_value(const Value& value) {
  Features features{.image_id = value.tensors.at("image_id"),
                    .id_space = value.meta.at("id_space"),
                    .split = value.meta.at(kSplit),
                    .network = value.meta.at("network")};
  if (value.meta.contains("view")) features.view = read_view(value);
  for (const auto& layer : value.meta.at("layers")) {
    const std::string name = layer.at("name");
    const at::Tensor tokens = features.view ? sizes_of(features.size(), layer.at("positions"), layer.at("dim"))
                                            : value.tensors.at("layer." + name);
    features.layers.push_back({name, tokens, layer.at("height"), layer.at("width")});
  }
  return features;
}

}  // namespace bgraph

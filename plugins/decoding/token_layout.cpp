#include "token_layout.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/values/tensor.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>

namespace bgraph::decoding {

int64_t TokenLayout::queries() const {
  return layers.empty() ? 0 : layers.back().first_query + layers.back().positions;
}

at::Tensor TokenLayout::target(size_t l, const at::Tensor& tokens) const {
  const auto& layer = layers.at(l);
  const at::Tensor scaled = tokens / layer.deviation;
  return layer.repeats == 1 ? scaled : at::cat(std::vector<at::Tensor>(layer.repeats, scaled), -1);
}

at::Tensor TokenLayout::columns(size_t l, const at::Tensor& outputs) const {
  const auto& layer = layers.at(l);
  return outputs.narrow(1, layer.first_query, layer.positions).narrow(2, 0, layer.used());
}

at::Tensor TokenLayout::tokens(size_t l, const at::Tensor& outputs) const {
  const auto& layer = layers.at(l);
  const at::Tensor own = columns(l, outputs);
  return own.reshape({own.size(0), layer.positions, layer.repeats, layer.dim}).mean(2) * layer.deviation;
}

Features TokenLayout::features(const at::Tensor& outputs, const at::Tensor& image_id,
                               const std::string& id_space) const {
  Features features{.image_id = image_id, .id_space = id_space, .network = network};
  for (size_t l = 0; l < layers.size(); ++l)
    features.layers.push_back({layers[l].name, tokens(l, outputs), layers[l].height, layers[l].width});
  return features;
}

TokenLayout layout_of(const FeatureRows& targets) {
  const Features& features = targets.features();
  TokenLayout layout{.network = features.network};
  for (const auto& layer : features.layers) layout.out_dim = std::max(layout.out_dim, layer.tokens.size(2));
  int64_t first_query = 0;
  const auto deviations = targets.deviations();
  for (const auto& layer : features.layers) {
    const double deviation = deviations[layout.layers.size()];
    if (!std::isfinite(deviation) || deviation <= 0)
      throw Error("the targets of layer '" + layer.name + "' have a standard deviation of " +
                      std::to_string(deviation) + ", expected a positive number",
                  "look for constant or non-finite features");
    const int64_t positions = layer.tokens.size(1), dim = layer.tokens.size(2);
    layout.layers.push_back({layer.name, positions, dim, layer.height, layer.width, first_query,
                             layout.out_dim / dim, deviation});
    first_query += positions;
  }
  return layout;
}

void check_layout(const TokenLayout& layout, const Features& features, const std::string& port) {
  if (features.layers.size() != layout.layers.size())
    throw Error("'" + port + "' has " + std::to_string(features.layers.size()) + " layers, expected " +
                std::to_string(layout.layers.size()));
  for (size_t l = 0; l < layout.layers.size(); ++l) {
    const auto& wanted = layout.layers[l];
    const auto& found = features.layers[l];
    if (found.name != wanted.name || found.tokens.size(1) != wanted.positions || found.tokens.size(2) != wanted.dim)
      throw Error("layer " + std::to_string(l) + " of '" + port + "' is '" + found.name + "' " +
                      shape_text(found.tokens) + ", expected '" + wanted.name + "' [N, " +
                      std::to_string(wanted.positions) + ", " + std::to_string(wanted.dim) + "]",
                  "make all targets with the same network");
  }
}

bool same_network(const std::string& a, const std::string& b) {
  return a.substr(0, a.rfind(' ')) == b.substr(0, b.rfind(' '));
}

Json to_json(const TokenLayout& layout) {
  Json layers = Json::array();
  for (const auto& layer : layout.layers)
    layers.push_back({{"name", layer.name}, {"positions", layer.positions}, {"dim", layer.dim},
                      {"height", layer.height}, {"width", layer.width}, {"first_query", layer.first_query},
                      {"repeats", layer.repeats}, {"deviation", layer.deviation}});
  return {{"layers", layers}, {"out_dim", layout.out_dim}, {"network", layout.network}};
}

TokenLayout layout_from(const Json& notes) {
  TokenLayout layout{.out_dim = notes.at("out_dim"), .network = notes.at("network")};
  for (const auto& layer : notes.at("layers"))
    layout.layers.push_back({layer.at("name"), layer.at("positions"), layer.at("dim"), layer.at("height"),
                             layer.at("width"), layer.at("first_query"), layer.at("repeats"),
                             layer.at("deviation")});
  return layout;
}

TokenLayout layout_of(const Model& predictor) {
  if (!predictor.notes.contains("tokens"))
    throw Error("the predictor has no layout of tokens in its notes", "take it from decoding.train");
  return layout_from(predictor.notes.at("tokens"));
}

}  // namespace bgraph::decoding

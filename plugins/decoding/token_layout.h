// Where the tokens of each layer stand among the queries of a predictor, and how targets become outputs.
//
// Layers follow each other in the network's order. A predictor has one output width, that of the widest layer;
// a narrower layer is repeated as often as it fits, and read back as the mean of its repeats (the release's
// treatment of 256-wide VGG tokens in 512-wide outputs). Every layer is divided by its standard deviation, so
// that layers weigh the same and the loss does not depend on a network's units.
#pragma once

#include <bgraph/sdk/values/features_view.h>
#include <bgraph/sdk/values/model.h>

namespace bgraph::decoding {

struct TokenLayer {
  std::string name;
  int64_t positions = 0, dim = 0;
  int64_t height = 0, width = 0;  // of the grid; 0 x 0 when there is none
  int64_t first_query = 0;
  int64_t repeats = 1;
  double deviation = 1.0;  // of the training targets

  int64_t used() const { return repeats * dim; }  // columns of the output that mean something
};

struct TokenLayout {
  std::vector<TokenLayer> layers;
  int64_t out_dim = 0;
  std::string network;

  int64_t queries() const;
  /// tokens [..., D] of layer l  ->  what a predictor should put out, [..., used].
  at::Tensor target(size_t l, const at::Tensor& tokens) const;
  /// outputs [N, Q, out_dim] for all queries  ->  those of layer l that mean something, [N, P, used].
  at::Tensor columns(size_t l, const at::Tensor& outputs) const;
  /// outputs [N, Q, out_dim] for all queries  ->  tokens of layer l in the network's units [N, P, D], with gradient.
  at::Tensor tokens(size_t l, const at::Tensor& outputs) const;
  /// The same for all layers.
  Features features(const at::Tensor& outputs, const at::Tensor& image_id, const std::string& id_space) const;
};

/// The layout of these targets; of a view every image is evaluated once. Error if a layer has no spread, or is not finite.
TokenLayout layout_of(const FeatureRows& targets);

/// Error naming the layer in which the features differ from the layout in positions or width.
void check_layout(const TokenLayout& layout, const Features& features, const std::string& port);

/// Whether two networks have one name: "sem_net 3f9a02c41b77" has another digest once its plugin is rebuilt.
bool same_network(const std::string& a, const std::string& b);

/// As it travels in the notes of a model.
Json to_json(const TokenLayout& layout);
TokenLayout layout_from(const Json& notes);
/// The layout a trained predictor's notes hold. Error if there is none.
TokenLayout layout_of(const Model& predictor);

}  // namespace bgraph::decoding

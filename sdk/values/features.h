// Features: named token grids of images: layer -> [N, P, D] on a grid of height x width positions.
#pragma once

#include <bgraph/sdk/nn/tokenisation.h>
#include <bgraph/sdk/value.h>

#include <optional>
#include <string>
#include <vector>

namespace bgraph {

class Context;

struct FeatureLayer {
  std::string name;
  at::Tensor tokens;   // [N, P, D] float32, positions row-major; of a view: sizes without numbers (the meta device)
  int64_t height = 0;  // height * width == P, or 0 x 0 when the tokens stand on no grid
  int64_t width = 0;
};

/// Tokens not yet computed: those of a network for images, evaluated when rows are asked for (features_view.h).
struct FeaturesView {
  std::string model;                // digest of the Model
  std::vector<std::string> images;  // digests of the Images, one after the other
  std::vector<Tokenisation> how;    // per layer of the Features
  int64_t batch = 0;                // images evaluated together: rows change in the last bits with it
  at::Tensor row;                   // [N] int64, counted over all images
};

struct Features {
  static constexpr const char* kType = "Features";

  std::vector<FeatureLayer> layers;  // in the network's order
  at::Tensor image_id;               // [N] int64
  std::string id_space;
  std::string split;
  std::string network;  // which network made or would make them: the judge must be another
  std::optional<FeaturesView> view;  // set: `layers` hold sizes alone

  int64_t size() const { return image_id.size(0); }
  const FeatureLayer& layer(const std::string& name) const;  // Error naming the layers there are
  Features rows(int64_t begin, int64_t end) const;
  Features select(const at::Tensor& index) const;
  bool in_memory() const { return !view; }
  Features opened(Context& ctx) const;  // a view evaluated, the rest as it is; an input does so before run(), unless kStored
  static Features concat(const std::vector<Features>& parts);

  Value to_value() const;
  static Features from_value(const Value& value);
};

}  // namespace bgraph

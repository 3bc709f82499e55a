// Features: named token grids of images: layer -> [N, P, D] on a grid of height x width positions.
#pragma once

#include <bgraph/sdk/value.h>

#include <string>
#include <vector>

namespace bgraph {

struct FeatureLayer {
  std::string name;
  at::Tensor tokens;   // [N, P, D] float32, positions row-major
  int64_t height = 0;  // height * width == P, or 0 x 0 when the tokens stand on no grid
  int64_t width = 0;
};

struct Features {
  static constexpr const char* kType = "Features";

  std::vector<FeatureLayer> layers;  // in the network's order
  at::Tensor image_id;               // [N] int64
  std::string id_space;
  std::string split;
  std::string network;  // which network made or would make them: the judge must be another

  int64_t size() const { return image_id.size(0); }
  const FeatureLayer& layer(const std::string& name) const;  // Error naming the layers there are
  Features rows(int64_t begin, int64_t end) const;
  Features select(const at::Tensor& index) const;
  static Features concat(const std::vector<Features>& parts);

  Value to_value() const;
  static Features from_value(const Value& value);
};

}  // namespace bgraph

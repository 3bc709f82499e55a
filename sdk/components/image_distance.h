// ImageDistance: how different two pictures are to an eye, as a learned measure says.
#pragma once

#include <bgraph/sdk/component.h>

namespace bgraph {

class ImageDistance : public Component {
 public:
  static constexpr const char* kInterface = "ImageDistance";
  std::string_view interface() const override { return kInterface; }
  ~ImageDistance() override;

  /// a, b [B, 3, H, W] float in [0, 1]  ->  [B, L] what each layer contributes; row b compares a[b] with b[b].
  virtual at::Tensor by_layer(const at::Tensor& a, const at::Tensor& b) = 0;
  /// Their sum, [B]; 0 for equal pictures.
  at::Tensor distance(const at::Tensor& a, const at::Tensor& b) { return by_layer(a, b).sum(1); }
};

}  // namespace bgraph

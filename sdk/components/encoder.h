// Encoder: image -> responses of voxels.
#pragma once

#include <bgraph/sdk/component.h>

namespace bgraph {

class Encoder : public Component {
 public:
  static constexpr const char* kInterface = "Encoder";
  std::string_view interface() const override { return kInterface; }
  ~Encoder() override;

  /// images [B, 3, H, W] float in [0, 1], voxel_embedding [n, E] (rows of the wanted voxels)  ->  [B, n].
  virtual at::Tensor forward(const at::Tensor& images, const at::Tensor& voxel_embedding) = 0;
  virtual int64_t table_width() const = 0;  // E
  virtual void initialise(Rng rng) = 0;
};

}  // namespace bgraph

// Twice the side: every number repeated in a 2x2 square, then a 3x3 convolution that smooths the squares.
//
// Names: conv.   Source: the up-sampling of Ho et al. 2020 (DDPM) and latent diffusion.
#pragma once

#include <bgraph/sdk/nn/layers.h>

namespace bgraph::diffusion {

/// Every number four times: [B, C, H, W] -> [B, C, 2 H, 2 W].
at::Tensor doubled(const at::Tensor& x);

class Upsample final : public torch::nn::Module {
 public:
  explicit Upsample(int64_t channels)
      : conv_(register_module("conv", std::make_shared<Conv2d>(channels, channels, 3, Conv2d::Options{.padding = 1}))) {}

  /// [B, C, H, W] -> [B, C, 2 H, 2 W]
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  std::shared_ptr<Conv2d> conv_;
};

}  // namespace bgraph::diffusion

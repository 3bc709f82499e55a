// The residual block of a diffusion UNet: two 3x3 convolutions, the noise level added between them.
//
//   h = conv1(SiLU(norm1(x)))  +  emb(SiLU(embedding))        the same number at every position
//   y = skip(x) + conv2(SiLU(norm2(h)))                       skip: 1x1 convolution where the width changes
//
// conv2 starts at zero, so that a fresh network is the identity along its skips.
//
// Source: Ho et al. 2020 (DDPM), appendix B; the form of latent diffusion. Differs: 8 groups instead of 32, because
// toy widths are a tenth of SDXL's.
#pragma once

#include <bgraph/sdk/nn/layers.h>

namespace bgraph::diffusion {

inline constexpr int64_t kGroups = 8;

class ResidualBlock final : public torch::nn::Module {
 public:
  ResidualBlock(int64_t in, int64_t out, int64_t embedding_width);

  /// x [B, in, H, W], embedding [B, E] (already through SiLU)  ->  [B, out, H, W]
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& embedding) const;
  void zero_last();

 private:
  std::shared_ptr<GroupNorm> norm1_, norm2_;
  std::shared_ptr<Conv2d> conv1_, conv2_, skip_;
  std::shared_ptr<Linear> emb_;
};

}  // namespace bgraph::diffusion

// The residual block of diffusion networks: two 3x3 convolutions, the noise level added between them.
//
//   h = conv1(SiLU(norm1(x)))  +  emb(SiLU(embedding))        the same number at every position
//   y = skip(x) + conv2(SiLU(norm2(h)))                       skip: 1x1 convolution where the width changes
//
// An autoencoder's block has no embedding. conv2 starts at zero where a fresh network should be the identity
// along its skips. Each family of networks has its own names for the same five layers.
//
// Source: Ho et al. 2020 (DDPM), appendix B; the form of latent diffusion. Differs: 8 groups instead of 32 in the pixel
// network, because toy widths are a tenth of SDXL's.
#pragma once

#include <bgraph/sdk/nn/layers.h>

namespace bgraph::diffusion {

inline constexpr int64_t kGroups = 8;  // of the pixel network

struct ResidualNames {
  const char *norm1, *conv1, *embedding, *norm2, *conv2, *skip;
};
inline constexpr ResidualNames kPixelNames{"norm1", "conv1", "emb", "norm2", "conv2", "skip"};
inline constexpr ResidualNames kSgmNames{"in_layers.0",  "in_layers.2",  "emb_layers.1",
                                         "out_layers.0", "out_layers.3", "skip_connection"};
inline constexpr ResidualNames kAutoencoderNames{"norm1", "conv1", "", "norm2", "conv2", "nin_shortcut"};

struct ResidualStyle {
  ResidualNames names;
  int64_t groups;
  double eps;
};
inline constexpr ResidualStyle kPixelStyle{kPixelNames, kGroups, 1e-5};
inline constexpr ResidualStyle kSgmStyle{kSgmNames, 32, 1e-5};
inline constexpr ResidualStyle kAutoencoderStyle{kAutoencoderNames, 32, 1e-6};

class ResidualBlock final : public torch::nn::Module {
 public:
  /// embedding_width 0: a block that is told nothing.
  ResidualBlock(int64_t in, int64_t out, int64_t embedding_width, const ResidualStyle& style);

  /// x [B, in, H, W], embedding [B, E] (already through SiLU)  ->  [B, out, H, W]
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& embedding = {}) const;
  void zero_last();

 private:
  std::shared_ptr<GroupNorm> norm1_, norm2_;
  std::shared_ptr<Conv2d> conv1_, conv2_, skip_;
  std::shared_ptr<Linear> emb_;
};

}  // namespace bgraph::diffusion

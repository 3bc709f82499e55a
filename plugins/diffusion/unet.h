// A small UNet over image pixels, told the noise level and conditioned on semantic tokens.
//
//   image [B, 3, S, S] -> patches of p x p pixels become channels -> conv3x3 -> level 0, side S / p
//   down:  per level `blocks` residual blocks (each followed by cross-attention where the side is small enough),
//          then a stride-2 convolution to half the side
//   middle: residual, cross-attention, residual
//   up:    per level `blocks` + 1 residual blocks, each taking the matching skip, the first followed by cross-attention,
//          then nearest x2 and conv3x3
//   out:   group norm, SiLU, conv3x3 (starting at zero), channels back to pixels
//
//   embedding = MLP(sinusoid(t)) + MLP(mean of the tokens)        both Linear-SiLU-Linear, width 4 x channels[0]
//   context   = Linear(tokens), width channels.back()             read by every cross-attention
//
// Source: the layout of latent diffusion's UNet (arXiv:2112.10752). Differs: p x p patches instead of an autoencoder's
// latents (a 32x32 image is as large as SDXL's latent of 256x256), the mean token in place of the size embeddings,
// which say nothing when all images have one size.
#pragma once

#include "cross_attention.h"
#include "residual_block.h"

#include <bgraph/sdk/nn/layers.h>

#include <memory>
#include <vector>

namespace bgraph::diffusion {

struct UnetShape {
  int64_t image_size = 32;
  int64_t patch = 2;                        // pixels per side that become channels
  std::vector<int64_t> channels = {32, 64, 96};  // per level, each half the side of the one before
  int64_t blocks = 1;                            // residual blocks per level on the way down
  int64_t heads = 4;
  int64_t attention_side = 8;               // maps up to this side read the tokens
  TokenLayout tokens;
};

class Unet final : public torch::nn::Module {
 public:
  /// Error if the image size does not divide into patches and levels.
  explicit Unet(const UnetShape& shape);

  /// x [B, 3, S, S], t [B] int64 in 0..999, tokens [B, T, D]  ->  [B, 3, S, S]
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& t, const at::Tensor& tokens) const;
  void initialise(const Rng& rng);

 private:
  struct Stage {  // a residual block and what follows it
    std::shared_ptr<ResidualBlock> residual;
    std::shared_ptr<CrossAttention> attention;  // null where the map is too large
  };
  struct Conditioning {
    at::Tensor embedding;  // [B, E] after SiLU
    at::Tensor context;    // [B, W, T, 1]
  };

  Stage stage(const std::string& name, int64_t in, int64_t out, int64_t side, bool attend);
  std::shared_ptr<Conv2d> conv(const std::string& name, int64_t in, int64_t out, int64_t stride = 1);
  Conditioning conditioning(const at::Tensor& t, const at::Tensor& tokens) const;
  at::Tensor apply(const Stage& stage, const at::Tensor& x, const Conditioning& given) const;

  UnetShape shape_;
  std::shared_ptr<Linear> time1_, time2_, pooled1_, pooled2_;
  std::shared_ptr<Conv2d> conv_in_, conv_out_, context_;
  std::shared_ptr<GroupNorm> norm_out_;
  std::vector<std::vector<Stage>> down_, up_;  // by level
  std::vector<Stage> middle_;
  std::vector<std::shared_ptr<Conv2d>> downsample_, upsample_;  // between level i and i + 1
  std::vector<ResidualBlock*> residuals_;
  std::vector<CrossAttention*> attentions_;
};

}  // namespace bgraph::diffusion

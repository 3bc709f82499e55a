// The spatial transformer of latent diffusion: positions of a map talk to each other and read the context.
//
//   h = proj_in(norm(x))                       positions as rows: [B, H W, C]
//   depth times:
//     h <- h + attn1(norm1 h)                  among the positions
//     h <- h + attn2(norm2 h, context)         positions read the context: where the condition enters
//     h <- h + ff(norm3 h)                     value * GELU(gate), both halves of one projection of width 8 C
//   y = x + proj_out(h)
//
// There is no position table: where a position is, convolutions around it tell. Order of the context is not seen.
//
// Names: norm, proj_in, transformer_blocks.{j}.{norm1, norm2, norm3}, .attn{1,2}.{to_q, to_k, to_v, to_out.0},
// .ff.net.{0.proj, 2}, proj_out.
// Source: Rombach et al. 2022 (latent diffusion), section 3.3; the gated perceptron of Shazeer 2020 (arXiv:2002.05202);
// linear projections in and out as in SDXL (arXiv:2307.01952).
#pragma once

#include <bgraph/sdk/nn/layers.h>
#include <bgraph/sdk/nn/module_list.h>

namespace bgraph::diffusion {

/// Attention of x over a context, with a projection each for queries, keys and values.
class ContextAttention final : public torch::nn::Module {
 public:
  ContextAttention(int64_t width, int64_t context_width, int64_t heads);
  /// x [B, N, D], context [B, M, D']  ->  [B, N, D]
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& context) const;

 private:
  int64_t heads_;
  std::shared_ptr<Linear> to_q_, to_k_, to_v_, to_out_;
};

class ContextBlock final : public torch::nn::Module {
 public:
  ContextBlock(int64_t width, int64_t context_width, int64_t heads);
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& context) const;  // [B, N, D] -> [B, N, D]

 private:
  std::shared_ptr<ContextAttention> attn1_, attn2_;
  std::shared_ptr<LayerNorm> norm1_, norm2_, norm3_;
  std::shared_ptr<Linear> ff_in_, ff_out_;
};

class SpatialTransformer final : public torch::nn::Module {
 public:
  /// channels / head_width heads. Error if they do not divide.
  SpatialTransformer(int64_t channels, int64_t depth, int64_t head_width, int64_t context_width);

  /// x [B, C, H, W], context [B, T, D]  ->  [B, C, H, W]
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& context) const;
  void zero_last();

 private:
  std::shared_ptr<GroupNorm> norm_;
  std::shared_ptr<Linear> proj_in_, proj_out_;
  std::shared_ptr<ModuleList<ContextBlock>> blocks_;
};

}  // namespace bgraph::diffusion

// Pre-norm transformer block, with the names of vision-transformer checkpoints.
//
//   x <- x + attn(norm1(x))
//   x <- x + mlp(norm2(x))
//
// Names: norm1, attn.qkv, attn.proj, norm2, mlp.fc1, mlp.fc2.   Source: Dosovitskiy et al. 2021, eq. 2-3.
#pragma once

#include <bgraph/sdk/nn/attention.h>
#include <bgraph/sdk/nn/mlp.h>

namespace bgraph {

/// [B, N, D] -> [B, N, D]; the perceptron is `mlp_ratio` times as wide as the block.
class TransformerBlock final : public torch::nn::Module {
 public:
  TransformerBlock(int64_t width, int64_t heads, double mlp_ratio = 4.0, double eps = 1e-6,
                   bool qkv_bias = true);
  at::Tensor operator()(const at::Tensor& x, const ProjectionHook& after_projection = {}) const;

  std::shared_ptr<LayerNorm> norm1;
  std::shared_ptr<SelfAttention> attn;
  std::shared_ptr<LayerNorm> norm2;
  std::shared_ptr<Mlp> mlp;
};

}  // namespace bgraph

// Pre-norm transformer block, with the names of vision-transformer checkpoints.
//
//   x <- x + ls1 * attn(norm1(x))        ls1, ls2 per channel, where the network has them
//   x <- x + ls2 * mlp(norm2(x))
//
// The same block goes by two sets of names:
//
//   vit    norm1, attn.qkv, attn.proj, ls1.gamma, norm2, mlp.fc1, mlp.fc2, ls2.gamma         (timm, DINOv2)
//   clip   ln_1, attn.in_proj_weight, attn.in_proj_bias, attn.out_proj, ln_2, mlp.c_fc, mlp.c_proj
//
// Source: Dosovitskiy et al. 2021, eq. 2-3; layer scale: Touvron et al. 2021 (CaiT), section 2.1.
#pragma once

#include <bgraph/sdk/nn/attention.h>
#include <bgraph/sdk/nn/mlp.h>

namespace bgraph {

enum class BlockNames { vit, clip };

struct TransformerBlockOptions {
  int64_t width = 0;  // D
  int64_t heads = 1;
  double mlp_ratio = 4.0;  // hidden width of the perceptron / D, rounded down
  double eps = 1e-6;       // of the norms
  bool qkv_bias = true;
  bool layer_scale = false;
  Activation activation = Activation::gelu;
  BlockNames names = BlockNames::vit;
};

/// [B, N, D] -> [B, N, D]
class TransformerBlock final : public torch::nn::Module {
 public:
  explicit TransformerBlock(TransformerBlockOptions options);
  at::Tensor operator()(const at::Tensor& x, const ProjectionHook& after_projection = {}) const;

  std::shared_ptr<LayerNorm> norm1;
  std::shared_ptr<SelfAttention> attn;
  std::shared_ptr<LayerScale> ls1;  // none without layer_scale
  std::shared_ptr<LayerNorm> norm2;
  std::shared_ptr<Mlp> mlp;
  std::shared_ptr<LayerScale> ls2;
};

}  // namespace bgraph

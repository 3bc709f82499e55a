#include <bgraph/sdk/nn/transformer_block.h>

#include <torch/types.h>

namespace bgraph {

TransformerBlock::TransformerBlock(int64_t width, int64_t heads, double mlp_ratio, double eps, bool qkv_bias)
    : norm1(register_module("norm1", std::make_shared<LayerNorm>(width, eps))),
      attn(register_module("attn", std::make_shared<SelfAttention>(width, heads, qkv_bias))),
      norm2(register_module("norm2", std::make_shared<LayerNorm>(width, eps))),
      mlp(register_module("mlp", std::make_shared<Mlp>(
          width, static_cast<int64_t>(mlp_ratio * static_cast<double>(width)), width))) {}

at::Tensor TransformerBlock::operator()(const at::Tensor& x, const ProjectionHook& after_projection) const {
  const auto attended = x + (*attn)((*norm1)(x), after_projection);
  return attended + (*mlp)((*norm2)(attended));
}

}  // namespace bgraph

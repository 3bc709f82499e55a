#include <bgraph/sdk/nn/transformer_block.h>

#include <torch/types.h>

namespace bgraph {

namespace {

at::Tensor scaled(const std::shared_ptr<LayerScale>& scale, const at::Tensor& x) { return scale ? (*scale)(x) : x; }

}  // namespace

TransformerBlock::TransformerBlock(TransformerBlockOptions options) {
  const bool clip = options.names == BlockNames::clip;
  const int64_t width = options.width;
  norm1 = register_module(clip ? "ln_1" : "norm1", std::make_shared<LayerNorm>(width, options.eps));
  attn = register_module("attn", std::make_shared<SelfAttention>(
      width, options.heads, SelfAttention::Options{.qkv_bias = options.qkv_bias, .packed = clip}));
  if (options.layer_scale) ls1 = register_module("ls1", std::make_shared<LayerScale>(width));
  norm2 = register_module(clip ? "ln_2" : "norm2", std::make_shared<LayerNorm>(width, options.eps));
  const auto hidden = static_cast<int64_t>(options.mlp_ratio * static_cast<double>(width));
  mlp = register_module("mlp", std::make_shared<Mlp>(
      width, hidden, width,
      Mlp::Options{.activation = options.activation, .first = clip ? "c_fc" : "fc1", .second = clip ? "c_proj" : "fc2"}));
  if (options.layer_scale) ls2 = register_module("ls2", std::make_shared<LayerScale>(width));
}

at::Tensor TransformerBlock::operator()(const at::Tensor& x, const ProjectionHook& after_projection) const {
  const auto attended = x + scaled(ls1, (*attn)((*norm1)(x), after_projection));
  return attended + scaled(ls2, (*mlp)((*norm2)(attended)));
}

}  // namespace bgraph

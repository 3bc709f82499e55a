#include "spatial_transformer.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/nn/attention.h>
#include <bgraph/sdk/nn/register_at.h>
#include <torch/types.h>

namespace bgraph::diffusion {

ContextAttention::ContextAttention(int64_t width, int64_t context_width, int64_t heads)
    : heads_(heads),
      to_q_(register_module("to_q", std::make_shared<Linear>(width, width, false))),
      to_k_(register_module("to_k", std::make_shared<Linear>(context_width, width, false))),
      to_v_(register_module("to_v", std::make_shared<Linear>(context_width, width, false))),
      to_out_(register_at(*this, "to_out.0", std::make_shared<Linear>(width, width))) {}

at::Tensor ContextAttention::operator()(const at::Tensor& x, const at::Tensor& context) const {
  return (*to_out_)(scaled_dot_product((*to_q_)(x), (*to_k_)(context), (*to_v_)(context), heads_));
}

ContextBlock::ContextBlock(int64_t width, int64_t context_width, int64_t heads)
    : attn1_(register_module("attn1", std::make_shared<ContextAttention>(width, width, heads))),
      attn2_(register_module("attn2", std::make_shared<ContextAttention>(width, context_width, heads))),
      norm1_(register_module("norm1", std::make_shared<LayerNorm>(width))),
      norm2_(register_module("norm2", std::make_shared<LayerNorm>(width))),
      norm3_(register_module("norm3", std::make_shared<LayerNorm>(width))),
      ff_in_(register_at(*this, "ff.net.0.proj", std::make_shared<Linear>(width, 8 * width))),
      ff_out_(register_at(*this, "ff.net.2", std::make_shared<Linear>(4 * width, width))) {}

at::Tensor ContextBlock::operator()(const at::Tensor& x, const at::Tensor& context) const {
  const auto own = (*norm1_)(x);
  auto h = x + (*attn1_)(own, own);                          // [B, N, D]
  h = h + (*attn2_)((*norm2_)(h), context);                  // [B, N, D]
  const auto halves = (*ff_in_)((*norm3_)(h)).chunk(2, -1);  // value and gate, [B, N, 4 D]
  return h + (*ff_out_)(halves[0] * at::gelu(halves[1]));
}

SpatialTransformer::SpatialTransformer(int64_t channels, int64_t depth, int64_t head_width, int64_t context_width)
    : norm_(register_module("norm", std::make_shared<GroupNorm>(32, channels, 1e-6))),
      proj_in_(register_module("proj_in", std::make_shared<Linear>(channels, channels))),
      proj_out_(register_module("proj_out", std::make_shared<Linear>(channels, channels))),
      blocks_(register_module("transformer_blocks", std::make_shared<ModuleList<ContextBlock>>())) {
  if (channels % head_width != 0)
    throw Error("spatial transformer: " + std::to_string(channels) + " channels do not divide into heads of " +
                std::to_string(head_width));
  for (int64_t j = 0; j < depth; ++j)
    blocks_->add(std::make_shared<ContextBlock>(channels, context_width, channels / head_width));
}

at::Tensor SpatialTransformer::operator()(const at::Tensor& x, const at::Tensor& context) const {
  auto h = (*proj_in_)((*norm_)(x).flatten(2).transpose(1, 2));  // [B, H W, C]
  for (size_t j = 0; j < blocks_->size(); ++j) h = (*blocks_)[j](h, context);
  return x + (*proj_out_)(h).transpose(1, 2).reshape(x.sizes());  // [B, C, H, W]
}

void SpatialTransformer::zero_last() {
  const at::NoGradGuard guard;
  proj_out_->weight.zero_();
  proj_out_->bias.zero_();
}

}  // namespace bgraph::diffusion

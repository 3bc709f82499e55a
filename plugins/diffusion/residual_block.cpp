#include "residual_block.h"

#include <bgraph/sdk/nn/register_at.h>
#include <torch/types.h>

namespace bgraph::diffusion {

ResidualBlock::ResidualBlock(int64_t in, int64_t out, int64_t embedding_width, const ResidualStyle& style)
    : norm1_(register_at(*this, style.names.norm1, std::make_shared<GroupNorm>(style.groups, in, style.eps))),
      norm2_(register_at(*this, style.names.norm2, std::make_shared<GroupNorm>(style.groups, out, style.eps))),
      conv1_(register_at(*this, style.names.conv1,
                         std::make_shared<Conv2d>(in, out, 3, Conv2d::Options{.padding = 1}))),
      conv2_(register_at(*this, style.names.conv2,
                         std::make_shared<Conv2d>(out, out, 3, Conv2d::Options{.padding = 1}))) {
  if (embedding_width > 0)
    emb_ = register_at(*this, style.names.embedding, std::make_shared<Linear>(embedding_width, out));
  if (in != out) skip_ = register_at(*this, style.names.skip, std::make_shared<Conv2d>(in, out, 1));
}

at::Tensor ResidualBlock::operator()(const at::Tensor& x, const at::Tensor& embedding) const {
  auto h = (*conv1_)(at::silu((*norm1_)(x)));                              // [B, out, H, W]
  if (emb_) h = h + (*emb_)(embedding).unsqueeze(-1).unsqueeze(-1);        // one number per channel
  h = (*conv2_)(at::silu((*norm2_)(h)));                                   // [B, out, H, W]
  return h + (skip_ ? (*skip_)(x) : x);
}

void ResidualBlock::zero_last() {
  const at::NoGradGuard guard;
  conv2_->weight.zero_();
  conv2_->bias.zero_();
}

}  // namespace bgraph::diffusion

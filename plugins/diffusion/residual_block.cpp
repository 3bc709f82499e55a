#include "residual_block.h"

#include <torch/types.h>

namespace bgraph::diffusion {

ResidualBlock::ResidualBlock(int64_t in, int64_t out, int64_t embedding_width)
    : norm1_(register_module("norm1", std::make_shared<GroupNorm>(kGroups, in))),
      norm2_(register_module("norm2", std::make_shared<GroupNorm>(kGroups, out))),
      conv1_(register_module("conv1", std::make_shared<Conv2d>(in, out, 3, Conv2d::Options{.padding = 1}))),
      conv2_(register_module("conv2", std::make_shared<Conv2d>(out, out, 3, Conv2d::Options{.padding = 1}))),
      emb_(register_module("emb", std::make_shared<Linear>(embedding_width, out))) {
  if (in != out) skip_ = register_module("skip", std::make_shared<Conv2d>(in, out, 1));
}

at::Tensor ResidualBlock::operator()(const at::Tensor& x, const at::Tensor& embedding) const {
  auto h = (*conv1_)(at::silu((*norm1_)(x)));                     // [B, out, H, W]
  h = h + (*emb_)(embedding).unsqueeze(-1).unsqueeze(-1);         // one number per channel
  h = (*conv2_)(at::silu((*norm2_)(h)));                          // [B, out, H, W]
  return h + (skip_ ? (*skip_)(x) : x);
}

void ResidualBlock::zero_last() {
  const at::NoGradGuard guard;
  conv2_->weight.zero_();
  conv2_->bias.zero_();
}

}  // namespace bgraph::diffusion

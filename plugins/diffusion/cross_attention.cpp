#include "cross_attention.h"

#include "residual_block.h"

#include <bgraph/sdk/contract/error.h>
#include <torch/types.h>

#include <cmath>
#include <numbers>

namespace bgraph::diffusion {

namespace {

/// cos and sin of 1/4, 2/4, ... turns across the image: [2 * waves, n].
at::Tensor sinusoids(int64_t waves, int64_t n) {
  const auto place = (at::arange(n, at::kDouble) + 0.5) / static_cast<double>(n);             // cell centres
  const auto turns = (at::arange(waves, at::kDouble) + 1) * (std::numbers::pi / 2);
  const auto phase = turns.unsqueeze(1) * place.unsqueeze(0);                                 // [waves, n]
  return at::cat({phase.cos(), phase.sin()}, 0);
}

/// [B, C, ...] -> [B * A, C / A, positions]
at::Tensor split_heads(const at::Tensor& x, int64_t heads) {
  return x.reshape({x.size(0) * heads, x.size(1) / heads, -1});
}

}  // namespace

at::Tensor grid_sinusoids(int64_t channels, int64_t heads, int64_t height, int64_t width) {
  const int64_t per_head = channels / heads, waves = per_head / 4;
  auto table = at::zeros({heads, per_head, height, width}, at::kDouble);
  for (int64_t a = 0; a < heads; ++a) {
    auto head = table[a];
    head.slice(0, 0, 2 * waves) = static_cast<double>(a) * sinusoids(waves, height).unsqueeze(2);
    head.slice(0, 2 * waves, 4 * waves) = static_cast<double>(a) * sinusoids(waves, width).unsqueeze(1);
  }
  return table.reshape({channels, height * width}).to(at::kFloat);
}

CrossAttention::CrossAttention(int64_t channels, int64_t side, int64_t heads, const TokenLayout& layout,
                               int64_t context_width)
    : side_(side), heads_(heads), layout_(layout),
      norm_(register_module("norm", std::make_shared<GroupNorm>(kGroups, channels))),
      to_q_(register_module("to_q", std::make_shared<Conv2d>(channels, channels, 1, Conv2d::Options{.bias = false}))),
      to_k_(register_module("to_k", std::make_shared<Conv2d>(context_width, channels, 1, Conv2d::Options{.bias = false}))),
      to_v_(register_module("to_v", std::make_shared<Conv2d>(context_width, channels, 1, Conv2d::Options{.bias = false}))),
      to_out_(register_module("to_out", std::make_shared<Conv2d>(channels, channels, 1))) {
  if (channels % heads != 0)
    throw Error("cross-attention: " + std::to_string(channels) + " channels do not divide into " +
                std::to_string(heads) + " heads");
  query_position_ = register_parameter("query_position", at::zeros({channels, side * side}));
  key_position_ = register_parameter("key_position", at::zeros({channels, layout.tokens}));
}

at::Tensor CrossAttention::operator()(const at::Tensor& x, const at::Tensor& context) const {
  const auto q = (*to_q_)((*norm_)(x)).flatten(2) + query_position_;          // [B, C, P]
  const auto k = (*to_k_)(context).flatten(2) + key_position_;                // [B, C, T]
  const auto v = (*to_v_)(context).flatten(2);                                // [B, C, T]
  const double scale = 1 / std::sqrt(static_cast<double>(q.size(1) / heads_));
  const auto scores = at::bmm(split_heads(q, heads_).transpose(1, 2), split_heads(k, heads_));  // [B A, P, T]
  const auto map = (scores * scale).softmax(-1);
  const auto read = at::bmm(split_heads(v, heads_), map.transpose(1, 2));     // [B A, C / A, P]
  return x + (*to_out_)(read.reshape_as(x));
}

void CrossAttention::initialise(Rng& rng) {
  const at::NoGradGuard guard;
  if (layout_.grid_height * layout_.grid_width == layout_.tokens) {
    query_position_.copy_(grid_sinusoids(query_position_.size(0), heads_, side_, side_));
    key_position_.copy_(grid_sinusoids(key_position_.size(0), heads_, layout_.grid_height, layout_.grid_width));
  } else {
    query_position_.copy_(0.1 * rng.normal(query_position_.sizes()));
    key_position_.copy_(0.1 * rng.normal(key_position_.sizes()));
  }
}

void CrossAttention::zero_last() {
  const at::NoGradGuard guard;
  to_out_->weight.zero_();
  to_out_->bias.zero_();
}

}  // namespace bgraph::diffusion

#include "unet.h"

#include "time_embedding.h"
#include "upsample.h"

#include <bgraph/sdk/contract/error.h>
#include <torch/types.h>

namespace bgraph::diffusion {

namespace {

constexpr int64_t kSinusoidWidth = 64;

std::string numbered(const std::string& name, size_t level, int64_t block) {
  return name + std::to_string(level) + "_" + std::to_string(block);
}

void check(const UnetShape& shape) {
  const auto halvings = static_cast<int64_t>(shape.channels.size()) - 1;
  const int64_t unit = shape.patch << std::max<int64_t>(halvings, 0);
  if (shape.channels.empty()) throw Error("a UNet needs channels for one level at least");
  if (shape.image_size % unit != 0)
    throw Error("a UNet of " + std::to_string(shape.channels.size()) + " levels on patches of " +
                    std::to_string(shape.patch) + " needs an image size divisible by " + std::to_string(unit) +
                    ", found " + std::to_string(shape.image_size),
                "change 'patch' or the number of 'channels'");
}

}  // namespace

std::shared_ptr<Conv2d> Unet::conv(const std::string& name, int64_t in, int64_t out, int64_t stride) {
  return register_module(name,
                         std::make_shared<Conv2d>(in, out, 3, Conv2d::Options{.stride = stride, .padding = 1}));
}

Unet::Stage Unet::stage(const std::string& name, int64_t in, int64_t out, int64_t side, bool attend) {
  Stage made;
  made.residual = register_module(
      name, std::make_shared<ResidualBlock>(in, out, 4 * shape_.channels.front(), kPixelStyle));
  residuals_.push_back(made.residual.get());
  if (attend && side <= shape_.attention_side) {
    made.attention = register_module(
        name + "_tokens",
        std::make_shared<CrossAttention>(out, side, shape_.heads, shape_.tokens, shape_.channels.back()));
    attentions_.push_back(made.attention.get());
  }
  return made;
}

Unet::Unet(const UnetShape& shape) : shape_(shape) {
  check(shape);
  const auto& channels = shape.channels;
  const int64_t embedding = 4 * channels.front(), pixels = 3 * shape.patch * shape.patch;
  time1_ = register_module("time1", std::make_shared<Linear>(kSinusoidWidth, embedding));
  time2_ = register_module("time2", std::make_shared<Linear>(embedding, embedding));
  pooled1_ = register_module("pooled1", std::make_shared<Linear>(shape.tokens.width, embedding));
  pooled2_ = register_module("pooled2", std::make_shared<Linear>(embedding, embedding));
  context_ = register_module("context", std::make_shared<Conv2d>(shape.tokens.width, channels.back(), 1));
  conv_in_ = conv("conv_in", pixels, channels.front());

  std::vector<int64_t> skips = {channels.front()};  // widths, in the order they are produced
  int64_t width = channels.front(), side = shape.image_size / shape.patch;
  down_.resize(channels.size());
  up_.resize(channels.size());
  for (size_t level = 0; level < channels.size(); ++level) {
    for (int64_t block = 0; block < shape.blocks; ++block) {
      down_[level].push_back(stage(numbered("down", level, block), width, channels[level], side, true));
      skips.push_back(width = channels[level]);
    }
    if (level + 1 == channels.size()) break;
    downsample_.push_back(conv("downsample" + std::to_string(level), width, width, 2));
    skips.push_back(width);
    side /= 2;
  }
  middle_ = {stage("middle0", width, width, side, true), stage("middle1", width, width, side, false)};
  for (size_t level = channels.size(); level-- > 0;) {
    for (int64_t block = 0; block <= shape.blocks; ++block) {
      up_[level].push_back(
          stage(numbered("up", level, block), width + skips.back(), channels[level], side, block == 0));
      width = channels[level];
      skips.pop_back();
    }
    if (level == 0) break;
    upsample_.push_back(conv("upsample" + std::to_string(level), width, width));
    side *= 2;
  }
  norm_out_ = register_module("norm_out", std::make_shared<GroupNorm>(kGroups, width));
  conv_out_ = conv("conv_out", width, pixels);
}

void Unet::initialise(const Rng& rng) {
  initialise_all(*this, rng);
  for (auto* block : residuals_) block->zero_last();
  for (auto* block : attentions_) block->zero_last();
  const at::NoGradGuard guard;
  conv_out_->weight.zero_();
  conv_out_->bias.zero_();
}

Unet::Conditioning Unet::conditioning(const at::Tensor& t, const at::Tensor& tokens) const {
  const auto time = (*time2_)(at::silu((*time1_)(time_embedding(t, kSinusoidWidth))));  // [B, E]
  const auto pooled = (*pooled2_)(at::silu((*pooled1_)(tokens.mean(1))));               // [B, E]
  const auto columns = tokens.transpose(1, 2).unsqueeze(-1).contiguous();               // [B, D, T, 1]
  return {at::silu(time + pooled), (*context_)(columns)};
}

at::Tensor Unet::apply(const Stage& stage, const at::Tensor& x, const Conditioning& given) const {
  const auto y = (*stage.residual)(x, given.embedding);
  return stage.attention ? (*stage.attention)(y, given.context) : y;
}

at::Tensor Unet::operator()(const at::Tensor& x, const at::Tensor& t, const at::Tensor& tokens) const {
  const Conditioning given = conditioning(t, tokens);
  at::Tensor h = (*conv_in_)(shape_.patch > 1 ? at::pixel_unshuffle(x, shape_.patch) : x);
  std::vector<at::Tensor> skips = {h};
  for (size_t level = 0; level < down_.size(); ++level) {
    for (const auto& stage : down_[level]) skips.push_back(h = apply(stage, h, given));
    if (level < downsample_.size()) skips.push_back(h = (*downsample_[level])(h));
  }
  for (const auto& stage : middle_) h = apply(stage, h, given);
  for (size_t level = up_.size(); level-- > 0;) {
    for (const auto& stage : up_[level]) {
      h = apply(stage, at::cat({h, skips.back()}, 1), given);
      skips.pop_back();
    }
    if (level == 0) break;
    h = (*upsample_[up_.size() - 1 - level])(doubled(h));
  }
  h = (*conv_out_)(at::silu((*norm_out_)(h)));
  return shape_.patch > 1 ? at::pixel_shuffle(h, shape_.patch) : h;
}

}  // namespace bgraph::diffusion

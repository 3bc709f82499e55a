#include "kl_autoencoder.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/nn/attention.h>
#include <bgraph/sdk/nn/register_at.h>
#include <bgraph/sdk/values/tensor.h>
#include <torch/types.h>

namespace bgraph::diffusion {

namespace {

std::shared_ptr<Conv2d> conv3(int64_t in, int64_t out) {
  return std::make_shared<Conv2d>(in, out, 3, Conv2d::Options{.padding = 1});
}

std::shared_ptr<ResidualBlock> residual(int64_t in, int64_t out) {
  return std::make_shared<ResidualBlock>(in, out, 0, kAutoencoderStyle);
}

std::shared_ptr<GroupNorm> norm(int64_t channels) { return std::make_shared<GroupNorm>(32, channels, 1e-6); }

/// [B, C, H, W] -> [B, H W, C]
at::Tensor rows_of(const at::Tensor& map) { return map.flatten(2).transpose(1, 2); }

}  // namespace

MapAttention::MapAttention(int64_t channels)
    : norm_(register_module("norm", norm(channels))),
      q_(register_module("q", std::make_shared<Conv2d>(channels, channels, 1))),
      k_(register_module("k", std::make_shared<Conv2d>(channels, channels, 1))),
      v_(register_module("v", std::make_shared<Conv2d>(channels, channels, 1))),
      proj_out_(register_module("proj_out", std::make_shared<Conv2d>(channels, channels, 1))) {}

at::Tensor MapAttention::operator()(const at::Tensor& x) const {
  const auto h = (*norm_)(x);
  const auto read = scaled_dot_product(rows_of((*q_)(h)), rows_of((*k_)(h)), rows_of((*v_)(h)), 1);  // [B, H W, C]
  return x + (*proj_out_)(read.transpose(1, 2).reshape(x.sizes()));
}

MiddleBlocks::MiddleBlocks(int64_t channels)
    : first_(register_module("block_1", residual(channels, channels))),
      second_(register_module("block_2", residual(channels, channels))),
      attention_(register_module("attn_1", std::make_shared<MapAttention>(channels))) {}

at::Tensor MiddleBlocks::operator()(const at::Tensor& x) const { return (*second_)((*attention_)((*first_)(x))); }

KlEncoder::KlEncoder(const KlAutoencoderParams& params) {
  int64_t width = params.ch;
  conv_in_ = register_module("conv_in", conv3(3, width));
  for (size_t level = 0; level < params.ch_mult.size(); ++level) {
    const std::string name = "down." + std::to_string(level);
    blocks_.push_back(register_at(*this, name + ".block", std::make_shared<ModuleList<ResidualBlock>>()));
    for (int64_t block = 0; block < params.num_res_blocks; ++block) {
      const int64_t out = params.ch * params.ch_mult[level];
      blocks_.back()->add(residual(width, out));
      width = out;
    }
    if (level + 1 < params.ch_mult.size())
      downsample_.push_back(register_at(*this, name + ".downsample.conv",
                                        std::make_shared<Conv2d>(width, width, 3, Conv2d::Options{.stride = 2})));
  }
  middle_ = register_module("mid", std::make_shared<MiddleBlocks>(width));
  norm_out_ = register_module("norm_out", norm(width));
  conv_out_ = register_module("conv_out", conv3(width, 2 * params.z_channels));
}

at::Tensor KlEncoder::operator()(const at::Tensor& x) const {
  at::Tensor h = (*conv_in_)(x);
  for (size_t level = 0; level < blocks_.size(); ++level) {
    for (size_t block = 0; block < blocks_[level]->size(); ++block) h = (*blocks_[level])[block](h);
    if (level < downsample_.size()) h = (*downsample_[level])(at::constant_pad_nd(h, {0, 1, 0, 1}));
  }
  return (*conv_out_)(at::silu((*norm_out_)((*middle_)(h))));
}

KlDecoder::KlDecoder(const KlAutoencoderParams& params) {
  int64_t width = params.ch * params.ch_mult.back();
  conv_in_ = register_module("conv_in", conv3(params.z_channels, width));
  middle_ = register_module("mid", std::make_shared<MiddleBlocks>(width));
  blocks_.resize(params.ch_mult.size());
  upsample_.resize(params.ch_mult.size());
  for (size_t level = params.ch_mult.size(); level-- > 0;) {
    const std::string name = "up." + std::to_string(level);
    blocks_[level] = register_at(*this, name + ".block", std::make_shared<ModuleList<ResidualBlock>>());
    for (int64_t block = 0; block <= params.num_res_blocks; ++block) {
      const int64_t out = params.ch * params.ch_mult[level];
      blocks_[level]->add(residual(width, out));
      width = out;
    }
    if (level > 0) upsample_[level] = register_at(*this, name + ".upsample", std::make_shared<Upsample>(width));
  }
  norm_out_ = register_module("norm_out", norm(width));
  conv_out_ = register_module("conv_out", conv3(width, 3));
}

at::Tensor KlDecoder::operator()(const at::Tensor& z) const {
  at::Tensor h = (*middle_)((*conv_in_)(z));
  for (size_t level = blocks_.size(); level-- > 0;) {
    for (size_t block = 0; block < blocks_[level]->size(); ++block) h = (*blocks_[level])[block](h);
    if (upsample_[level]) h = (*upsample_[level])(h);
  }
  return (*conv_out_)(at::silu((*norm_out_)(h)));
}

KlAutoencoder::KlAutoencoder(KlAutoencoderParams params)
    : params_(std::move(params)),
      encoder_(register_module("encoder", std::make_shared<KlEncoder>(params_))),
      decoder_(register_module("decoder", std::make_shared<KlDecoder>(params_))),
      quant_conv_(register_module("quant_conv",
                                  std::make_shared<Conv2d>(2 * params_.z_channels, 2 * params_.z_channels, 1))),
      post_quant_conv_(register_module("post_quant_conv",
                                       std::make_shared<Conv2d>(params_.z_channels, params_.z_channels, 1))) {}

at::Tensor KlAutoencoder::moments(const at::Tensor& images) const {
  if (images.dim() != 4 || images.size(1) != 3 || images.size(2) % factor() != 0 || images.size(3) % factor() != 0)
    throw ShapeError("diffusion.autoencoder_kl expects images [B, 3, H, W] with sides divisible by " +
                     std::to_string(factor()) + ", found " + shape_text(images));
  return (*quant_conv_)((*encoder_)(2 * images - 1));
}

at::Tensor KlAutoencoder::encode(const at::Tensor& images, const at::Tensor& noise) {
  const auto parts = moments(images).chunk(2, 1);  // mean, log variance: [B, z, h, w]
  if (!noise.defined()) return params_.scale_factor * parts[0];
  return params_.scale_factor * (parts[0] + (0.5 * parts[1].clamp(-30, 20)).exp() * noise);
}

at::Tensor KlAutoencoder::decode(const at::Tensor& latents) {
  return ((*decoder_)((*post_quant_conv_)(latents / params_.scale_factor)) + 1) / 2;
}

}  // namespace bgraph::diffusion

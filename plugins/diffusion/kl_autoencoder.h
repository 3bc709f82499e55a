// The autoencoder of latent diffusion: images of 8 x 8 pixels per latent, regularised towards unit variance (KL).
//
//   moments = quant_conv(encoder(2 image - 1))            mean and log variance of the posterior, [B, 2 z, h, w]
//   latent  = scale_factor (mean + exp(logvar / 2) noise)       logvar clamped to [-30, 20]
//   image   = (decoder(post_quant_conv(latent / scale_factor)) + 1) / 2
//
//   encoder: conv_in; per level num_res_blocks residual blocks, then half the side (zeros right and below, stride 2);
//            mid: residual, attention, residual; norm, SiLU, conv_out
//   decoder: conv_in; mid; per level from the last num_res_blocks + 1 residual blocks, then twice the side; norm, SiLU,
//            conv_out
//
// Names are those of the published checkpoints below `first_stage_model.`.
// Source: Rombach et al. 2022 (latent diffusion), section 3.1 and appendix G; scale 0.13025 and weights of SDXL (arXiv
// 2307.01952), section 2.4.
#pragma once

#include "residual_block.h"
#include "upsample.h"

#include <bgraph/sdk/components/autoencoder.h>
#include <bgraph/sdk/nn/module_list.h>

namespace bgraph::diffusion {

struct KlAutoencoderParams {
  int64_t ch = 128;
  std::vector<int64_t> ch_mult = {1, 2, 4, 4};
  int64_t num_res_blocks = 2;
  int64_t z_channels = 4;
  double scale_factor = 0.13025;

  template <class Visitor>
  void visit(Visitor& field) {
    field("ch", ch, at_least(32), "channels of the first level, a multiple of 32");
    field("ch_mult", ch_mult, at_least(1), "channels per level, in ch");
    field("num_res_blocks", num_res_blocks, at_least(1), "residual blocks per level of the encoder");
    field("z_channels", z_channels, at_least(1), "channels of a latent");
    field("scale_factor", scale_factor, above(0), "what makes latents of unit variance");
  }
};

/// Attention among the positions of a map, one head as wide as the map.
class MapAttention final : public torch::nn::Module {
 public:
  explicit MapAttention(int64_t channels);
  at::Tensor operator()(const at::Tensor& x) const;  // [B, C, H, W] -> [B, C, H, W]

 private:
  std::shared_ptr<GroupNorm> norm_;
  std::shared_ptr<Conv2d> q_, k_, v_, proj_out_;
};

/// Residual, attention, residual. Names: block_1, attn_1, block_2.
class MiddleBlocks final : public torch::nn::Module {
 public:
  explicit MiddleBlocks(int64_t channels);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  std::shared_ptr<ResidualBlock> first_, second_;
  std::shared_ptr<MapAttention> attention_;
};

class KlEncoder final : public torch::nn::Module {
 public:
  explicit KlEncoder(const KlAutoencoderParams& params);
  at::Tensor operator()(const at::Tensor& x) const;  // [B, 3, H, W] in [-1, 1] -> [B, 2 z, h, w]

 private:
  std::shared_ptr<Conv2d> conv_in_, conv_out_;
  std::vector<std::shared_ptr<ModuleList<ResidualBlock>>> blocks_;  // by level
  std::vector<std::shared_ptr<Conv2d>> downsample_;                 // after all levels but the last
  std::shared_ptr<MiddleBlocks> middle_;
  std::shared_ptr<GroupNorm> norm_out_;
};

class KlDecoder final : public torch::nn::Module {
 public:
  explicit KlDecoder(const KlAutoencoderParams& params);
  at::Tensor operator()(const at::Tensor& z) const;  // [B, z, h, w] -> [B, 3, H, W] about [-1, 1]

 private:
  std::shared_ptr<Conv2d> conv_in_, conv_out_;
  std::vector<std::shared_ptr<ModuleList<ResidualBlock>>> blocks_;  // by level
  std::vector<std::shared_ptr<Upsample>> upsample_;                 // by level; none for the first
  std::shared_ptr<MiddleBlocks> middle_;
  std::shared_ptr<GroupNorm> norm_out_;
};

class KlAutoencoder final : public Autoencoder {
 public:
  explicit KlAutoencoder(KlAutoencoderParams params);

  at::Tensor encode(const at::Tensor& images, const at::Tensor& noise) override;
  at::Tensor decode(const at::Tensor& latents) override;
  /// images [B, 3, H, W] in [0, 1]  ->  mean and log variance, unscaled: [B, 2 z, h, w]
  at::Tensor moments(const at::Tensor& images) const;

  int64_t latent_channels() const override { return params_.z_channels; }
  int64_t factor() const override { return int64_t{1} << (params_.ch_mult.size() - 1); }
  void initialise(Rng rng) override { initialise_all(*this, rng); }

 private:
  KlAutoencoderParams params_;
  std::shared_ptr<KlEncoder> encoder_;
  std::shared_ptr<KlDecoder> decoder_;
  std::shared_ptr<Conv2d> quant_conv_, post_quant_conv_;
};

}  // namespace bgraph::diffusion

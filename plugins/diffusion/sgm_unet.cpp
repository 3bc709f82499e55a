// diffusion.sgm_unet: the UNet of SDXL and of the unCLIP prior, at any size.
//
//   emb = time_embed(sinusoid(t)) + label_emb(vector)                  both Linear-SiLU-Linear, width 4 model_channels
//   input_blocks:  conv3x3; per level num_res_blocks stages [residual, transformer where the map is small enough],
//                  then a stride-2 convolution to half the side
//   middle_block:  residual, transformer, residual
//   output_blocks: per level num_res_blocks + 1 stages on [what came up, matching skip], the last followed by nearest
//                  x2 and conv3x3
//   out:           group norm, SiLU, conv3x3
//
// A level has transformers, transformer_depth blocks deep, where its down-sampling factor 1, 2, 4, ... stands in
// attention_resolutions. The network predicts the noise in x (preconditioning.h, eps).
//
// The defaults are the unCLIP prior of MindEye2 (2,501,272,324 parameters); with context_dim = 2048 and
// adm_in_channels = 2816 they are SDXL base (2,567,463,684). precision = "bfloat16" stores and computes in half the
// memory; norms still sum in float32.
//
// Names are those of the published checkpoints below `model.diffusion_model.`.
// Source: Podell et al. 2023 (SDXL, arXiv:2307.01952), section 2.1; Rombach et al. 2022 for the layout; configuration of the
// prior from MindEye2 (arXiv:2403.11207) and its public code. Parameters keep the names of that configuration.
//
//   the part `unet` of diffusion.unclip and diffusion.sdxl_refiner

#include "time_embedding.h"
#include "unet_stage.h"
#include "upsample.h"

#include <bgraph/sdk/components/denoising_network.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/nn/parameter_kind.h>
#include <bgraph/sdk/values/tensor.h>
#include <torch/types.h>

#include <algorithm>

namespace bgraph::diffusion {

struct SgmUnetParams {
  int64_t in_channels = 4;
  int64_t out_channels = 4;
  int64_t model_channels = 320;
  std::vector<int64_t> channel_mult = {1, 2, 4};
  int64_t num_res_blocks = 2;
  std::vector<int64_t> attention_resolutions = {4, 2};
  int64_t num_head_channels = 64;
  std::vector<int64_t> transformer_depth = {1, 2, 10};
  int64_t context_dim = 1664;
  int64_t adm_in_channels = 1024;
  std::string precision = "float32";

  template <class Visitor>
  void visit(Visitor& field) {
    field("in_channels", in_channels, at_least(1), "channels of a latent");
    field("out_channels", out_channels, at_least(1), "channels predicted");
    field("model_channels", model_channels, at_least(32), "channels of the first level, a multiple of 32");
    field("channel_mult", channel_mult, at_least(1), "channels per level, in model_channels");
    field("num_res_blocks", num_res_blocks, at_least(1), "residual blocks per level on the way down");
    field("attention_resolutions", attention_resolutions, at_least(1), "down-sampling factors that have transformers");
    field("num_head_channels", num_head_channels, at_least(1), "width of an attention head");
    field("transformer_depth", transformer_depth, at_least(0), "blocks of a transformer, per level");
    field("context_dim", context_dim, at_least(1), "width of the tokens read by attention");
    field("adm_in_channels", adm_in_channels, at_least(1), "width of the vector that reaches every block");
    field("precision", precision, one_of({"float32", "bfloat16"}), "of weights and arithmetic");
  }
};

class SgmUnet final : public DenoisingNetwork {
 public:
  explicit SgmUnet(SgmUnetParams params) : params_(std::move(params)) {
    check();
    ParameterKind kind = parameter_kind();
    if (params_.precision == "bfloat16") kind.dtype = at::kBFloat16;
    const ParameterScope scope(kind);
    const int64_t embedding = 4 * params_.model_channels;
    time_in_ = register_at(*this, "time_embed.0", std::make_shared<Linear>(params_.model_channels, embedding));
    time_out_ = register_at(*this, "time_embed.2", std::make_shared<Linear>(embedding, embedding));
    label_in_ = register_at(*this, "label_emb.0.0", std::make_shared<Linear>(params_.adm_in_channels, embedding));
    label_out_ = register_at(*this, "label_emb.0.2", std::make_shared<Linear>(embedding, embedding));
    register_levels();
    norm_out_ = register_at(*this, "out.0", std::make_shared<GroupNorm>(32, params_.model_channels));
    conv_out_ = register_at(*this, "out.2", conv(params_.model_channels, params_.out_channels));
  }

  at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const at::Tensor& context,
                     const at::Tensor& vector) override {
    check(x, context, vector);
    const auto dtype = conv_out_->weight.scalar_type();
    const auto time = time_embedding(t, params_.model_channels).to(dtype);                    // [B, M]
    const auto embedding = (*time_out_)(at::silu((*time_in_)(time))) +
                           (*label_out_)(at::silu((*label_in_)(vector.to(dtype))));           // [B, 4 M]
    const Conditioning given{at::silu(embedding), context.to(dtype)};
    at::Tensor h = x.to(dtype);
    std::vector<at::Tensor> skips;
    for (size_t i = 0; i < down_->size(); ++i) skips.push_back(h = (*down_)[i](h, given));
    h = (*middle_)(h, given);
    for (size_t i = 0; i < up_->size(); ++i) {
      h = (*up_)[i](at::cat({h, skips.back()}, 1), given);
      skips.pop_back();
    }
    return (*conv_out_)(at::silu((*norm_out_)(h))).to(x.scalar_type());                       // [B, C, h, w]
  }

  int64_t channels() const override { return params_.in_channels; }
  int64_t context_width() const override { return params_.context_dim; }
  int64_t vector_width() const override { return params_.adm_in_channels; }
  int64_t factor() const override { return int64_t{1} << (params_.channel_mult.size() - 1); }

  /// Blocks start as the identity and the output as zero, as in the reference.
  void initialise(Rng rng) override {
    initialise_all(*this, rng);
    for (const auto& inner : modules(/*include_self=*/false)) {
      if (auto* block = dynamic_cast<ResidualBlock*>(inner.get())) block->zero_last();
      if (auto* transformer = dynamic_cast<SpatialTransformer*>(inner.get())) transformer->zero_last();
    }
    const at::NoGradGuard guard;
    conv_out_->weight.zero_();
    conv_out_->bias.zero_();
  }

 private:
  using Stages = ModuleList<UnetStage>;

  static std::shared_ptr<Conv2d> conv(int64_t in, int64_t out, int64_t stride = 1) {
    return std::make_shared<Conv2d>(in, out, 3, Conv2d::Options{.stride = stride, .padding = 1});
  }

  std::shared_ptr<ResidualBlock> residual(int64_t in, int64_t out) const {
    return std::make_shared<ResidualBlock>(in, out, 4 * params_.model_channels, kSgmStyle);
  }

  std::shared_ptr<SpatialTransformer> transformer(int64_t channels, size_t level) const {
    return std::make_shared<SpatialTransformer>(channels, params_.transformer_depth[level], params_.num_head_channels,
                                                params_.context_dim);
  }

  /// A residual block and, where the level has them, a transformer.
  std::shared_ptr<UnetStage> stage(int64_t in, int64_t out, size_t level) const {
    auto made = std::make_shared<UnetStage>();
    made->add(residual(in, out));
    const auto& factors = params_.attention_resolutions;
    if (std::find(factors.begin(), factors.end(), int64_t{1} << level) != factors.end())
      made->add(transformer(out, level));
    return made;
  }

  void register_levels() {
    const size_t levels = params_.channel_mult.size();
    down_ = register_module("input_blocks", std::make_shared<Stages>());
    middle_ = register_module("middle_block", std::make_shared<UnetStage>());
    up_ = register_module("output_blocks", std::make_shared<Stages>());

    int64_t width = params_.model_channels;
    std::vector<int64_t> skips = {width};  // in the order they are produced
    down_->add(std::make_shared<UnetStage>()).add(conv(params_.in_channels, width));
    for (size_t level = 0; level < levels; ++level) {
      for (int64_t block = 0; block < params_.num_res_blocks; ++block) {
        const int64_t out = params_.model_channels * params_.channel_mult[level];
        down_->add(stage(width, out, level));
        skips.push_back(width = out);
      }
      if (level + 1 == levels) break;
      down_->add(std::make_shared<UnetStage>()).add(conv(width, width, 2), ".op");
      skips.push_back(width);
    }
    middle_->add(residual(width, width));
    middle_->add(transformer(width, levels - 1));
    middle_->add(residual(width, width));
    for (size_t level = levels; level-- > 0;) {
      for (int64_t block = 0; block <= params_.num_res_blocks; ++block) {
        const int64_t out = params_.model_channels * params_.channel_mult[level];
        auto& made = up_->add(stage(width + skips.back(), out, level));
        skips.pop_back();
        width = out;
        if (level > 0 && block == params_.num_res_blocks) made.add(std::make_shared<Upsample>(width));
      }
    }
  }

  void check() const {
    if (params_.channel_mult.empty() || params_.channel_mult.size() != params_.transformer_depth.size())
      throw Error("diffusion.sgm_unet has " + std::to_string(params_.channel_mult.size()) +
                      " levels in channel_mult and " + std::to_string(params_.transformer_depth.size()) +
                      " in transformer_depth",
                  "give both one number per level");
    if (params_.channel_mult.front() != 1)
      throw Error("diffusion.sgm_unet: channel_mult starts with " + std::to_string(params_.channel_mult.front()) +
                  ", expected 1");
  }

  void check(const at::Tensor& x, const at::Tensor& context, const at::Tensor& vector) const {
    if (x.dim() != 4 || x.size(1) != params_.in_channels || x.size(2) % factor() != 0 || x.size(3) % factor() != 0)
      throw ShapeError("diffusion.sgm_unet expects x [B, " + std::to_string(params_.in_channels) +
                       ", h, w] with sides divisible by " + std::to_string(factor()) + ", found " + shape_text(x));
    if (context.dim() != 3 || context.size(0) != x.size(0) || context.size(2) != params_.context_dim)
      throw ShapeError("diffusion.sgm_unet expects a context [B, T, " + std::to_string(params_.context_dim) + "], found " +
                       shape_text(context));
    if (vector.dim() != 2 || vector.size(0) != x.size(0) || vector.size(1) != params_.adm_in_channels)
      throw ShapeError("diffusion.sgm_unet expects a vector [B, " + std::to_string(params_.adm_in_channels) + "], found " +
                       shape_text(vector));
  }

  SgmUnetParams params_;
  std::shared_ptr<Linear> time_in_, time_out_, label_in_, label_out_;
  std::shared_ptr<Stages> down_, up_;
  std::shared_ptr<UnetStage> middle_;
  std::shared_ptr<GroupNorm> norm_out_;
  std::shared_ptr<Conv2d> conv_out_;
};

BGRAPH_COMPONENT(SgmUnet, "diffusion.sgm_unet")

}  // namespace bgraph::diffusion

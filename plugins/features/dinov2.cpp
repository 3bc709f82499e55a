// features.dinov2: the DINOv2 vision transformer, with or without register tokens (an ImageBackbone).
//
//   x = [class, patches] + positions            patches: 14 x 14 pixels each; positions resampled to the image's grid
//   x = [class, registers, patches]             registers carry no position
//   x <- x + gamma1 * attention(norm(x))        per block; gamma per channel (layer scale)
//   x <- x + gamma2 * mlp(norm(x))
//
// Defaults are ViT-L/14 with four registers, 304,372,736 parameters; registers = 0 is the network of 2023 without,
// 304,368,640. The two resample their positions differently (position_table.h), as their checkpoints expect.
// Other published sizes are parameters: S/14 384, 12, 6;  B/14 768, 12, 12 (width, depth, heads).
//
// Taps: "block1" ... and "norm", x after the last block and the final norm. Each is the class token and then the
// patches, row-major; registers are left out. mask_token is in the checkpoints and takes no part here.
// Any image whose sides are multiples of the patch is taken; the taps' sizes are said for image_size.
// Names are the checkpoint's: cls_token, pos_embed, register_tokens, mask_token, patch_embed.proj, blocks.<i>, norm.
// Fresh weights: layers as torch draws them, positions N(0, 0.02), class and register tokens N(0, 1e-6).
//
// Source: Oquab et al. 2023 (arXiv:2304.07193); registers: Darcet et al. 2023 (arXiv:2309.16588), figure 6; numbers
// and resampling from the released code. Used by the Universal Brain Encoder at blocks 1, 6, 12, 18, 24.
//
//   [nodes.dino]                                   # as published; `bgraph import` makes the file
//   type      = "io.load_weights"
//   file      = "dinov2_vitl14_reg4_pretrain.safetensors"
//   component = "features.dinov2"
//   settings  = { taps = ["block12", "norm"] }     # small: width = 64, depth = 3, heads = 4

#include "position_table.h"
#include "vision_transformer.h"

#include <bgraph/sdk/nn/parameter_kind.h>
#include <bgraph/sdk/nn/register_at.h>
#include <torch/types.h>

namespace bgraph::features {

struct Dinov2Params : VisionTransformerParams {
  int64_t registers = 4;
  int64_t table_side = 37;

  Dinov2Params() { taps = {"block1", "block6", "block12", "block18", "block24"}; }

  template <class Visitor>
  void visit(Visitor& field) {
    VisionTransformerParams::visit(field);
    field("registers", registers, at_least(0), "register tokens; 0: the network without them");
    field("table_side", table_side, at_least(1), "side of the grid that positions were learned on");
    field("taps", taps, any(), "\"block<i>\" from 1, or \"norm\", in order");
  }
};

class Dinov2 final : public VisionTransformer {
 public:
  explicit Dinov2(Dinov2Params params)
      : VisionTransformer(params, {.block = {.layer_scale = true}, .registers = params.registers, .outputs = {"norm"}}),
        params_(std::move(params)) {
    const int64_t D = params_.width;
    cls_token_ = register_parameter("cls_token", new_parameter({1, 1, D}));
    pos_embed_ = register_parameter("pos_embed", new_parameter({1, 1 + params_.table_side * params_.table_side, D}));
    if (params_.registers > 0)
      register_tokens_ = register_parameter("register_tokens", new_parameter({1, params_.registers, D}));
    register_parameter("mask_token", new_parameter({1, D}));
    patches_ = register_at(*this, "patch_embed.proj",
                           std::make_shared<Conv2d>(3, D, params_.patch, Conv2d::Options{.stride = params_.patch}));
    register_module("blocks", blocks_);
    norm_ = register_module("norm", std::make_shared<LayerNorm>(D, kEps));
  }

  void initialise(Rng rng) override {
    const at::NoGradGuard guard;
    pos_embed_.copy_(rng.normal(pos_embed_.sizes()) * 0.02);
    cls_token_.copy_(rng.normal(cls_token_.sizes()) * 1e-6);
    if (register_tokens_.defined()) register_tokens_.copy_(rng.normal(register_tokens_.sizes()) * 1e-6);
    initialise_all(*this, rng);
  }

 protected:
  bool fits(int64_t height, int64_t width) const override {
    return height % params_.patch == 0 && width % params_.patch == 0;
  }

  at::Tensor embed(const at::Tensor& images) override {
    const auto grid = (*patches_)(images);                   // [B, D, h, w]
    const auto patches = grid.flatten(2).transpose(1, 2);    // [B, P, D]
    const int64_t B = images.size(0);
    const auto x = at::cat({cls_token_.expand({B, -1, -1}), patches}, 1) +
                   positions_on_grid(pos_embed_, grid.size(2), grid.size(3),
                                     params_.registers > 0 ? Resampling::antialias : Resampling::by_factor);
    if (params_.registers == 0) return x;
    return at::cat({x.slice(1, 0, 1), register_tokens_.expand({B, -1, -1}), x.slice(1, 1)}, 1);
  }

  TokenGrid output(const std::string&, const at::Tensor& x, int64_t height, int64_t width) override {
    return {.tokens = (*norm_)(x), .height = height, .width = width, .leading = 1};
  }
  BackboneSizes::Tap output_size(const std::string&) const override { return {1 + side() * side(), width()}; }

 private:
  static constexpr double kEps = 1e-6;

  Dinov2Params params_;
  at::Tensor cls_token_, pos_embed_, register_tokens_;
  std::shared_ptr<Conv2d> patches_;
  std::shared_ptr<LayerNorm> norm_;
};

BGRAPH_COMPONENT(Dinov2, "features.dinov2")

}  // namespace bgraph::features

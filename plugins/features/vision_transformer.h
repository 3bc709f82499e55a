// What vision transformers share: images in the network's units, blocks with their hooks, taps.
//
//   x = embed((image - mean) / sd)          [B, 1 + registers + P, D], P patches row-major
//   x = block_i(x)                          with the hooks inside and after it
//   tap "block<i>" (i from 1)               x after block i, the registers left out: [B, 1 + P, D]
//
// A network adds taps of its own for what follows the last block. Nothing behind the deepest tap is computed.
#pragma once

#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/nn/module_list.h>
#include <bgraph/sdk/nn/transformer_block.h>

namespace bgraph::features {

/// The settings all of them have. Each declares `taps` beside them, which names taps of its own.
struct VisionTransformerParams {
  int64_t width = 1024;
  int64_t depth = 24;
  int64_t heads = 16;
  double mlp_ratio = 4.0;
  int64_t patch = 14;
  int64_t image_size = 224;
  std::vector<std::string> taps;
  std::vector<double> mean = {0.485, 0.456, 0.406};
  std::vector<double> sd = {0.229, 0.224, 0.225};

  template <class Visitor>
  void visit(Visitor& field) {
    field("width", width, at_least(1), "D, numbers per token");
    field("depth", depth, at_least(1), "blocks");
    field("heads", heads, at_least(1), "attention heads; they divide the width");
    field("mlp_ratio", mlp_ratio, above(0), "hidden width of the perceptron, in widths");
    field("patch", patch, at_least(1), "side of a patch in pixels");
    field("image_size", image_size, at_least(1), "height and width of the images; a multiple of the patch");
    field("mean", mean, any(), "of the training images, per colour");
    field("sd", sd, above(0), "of the training images, per colour");
  }
};

/// What tells one network of the family from another.
struct VisionTransformerKind {
  TransformerBlockOptions block;     // width, heads and mlp_ratio are the parameters'
  int64_t registers = 0;
  std::vector<std::string> outputs;  // names of its own taps, in its order
};

class VisionTransformer : public ImageBackbone {
 public:
  std::vector<TokenGrid> forward(const at::Tensor& images, const BlockHook& after_block) override;
  bool hook_attention_output(ImageBackbone::ProjectionHook hook) override;
  BackboneSizes sizes() override;
  int64_t image_size() const override { return params_.image_size; }
  std::vector<std::string> taps() const override { return params_.taps; }

 protected:
  /// Errors: what does not divide, and unknown or unordered taps.
  VisionTransformer(VisionTransformerParams params, VisionTransformerKind kind);

  /// images in the network's units [B, 3, H, W]  ->  [B, 1 + registers + P, D]
  virtual at::Tensor embed(const at::Tensor& images) = 0;
  /// One of the network's own taps, from x [B, 1 + P, D] after the last block on this grid.
  virtual TokenGrid output(const std::string& tap, const at::Tensor& x, int64_t height, int64_t width) = 0;
  virtual BackboneSizes::Tap output_size(const std::string& tap) const = 0;
  /// Whether it takes images of this size: its own, unless it can place positions on any grid.
  virtual bool fits(int64_t height, int64_t width) const;

  int64_t width() const { return params_.width; }
  int64_t side() const { return params_.image_size / params_.patch; }  // of the grid of patches

  std::shared_ptr<ModuleList<TransformerBlock>> blocks_;  // the network registers them under its own name

 private:
  void check(const at::Tensor& images) const;
  at::Tensor in_own_units(const at::Tensor& images) const;
  at::Tensor without_registers(const at::Tensor& x) const;
  int64_t blocks_used() const;

  VisionTransformerParams params_;
  int64_t registers_;
  std::vector<int64_t> after_;  // per tap: how many blocks come before it; beyond depth for the network's own
  at::Tensor mean_, sd_;        // [3, 1, 1]
  ImageBackbone::ProjectionHook hook_;
};

}  // namespace bgraph::features

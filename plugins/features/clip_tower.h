// The visual tower of CLIP models, under the names of their checkpoints.
//
//   x = ln_pre([class, patches] + positions)           patches: 14 x 14 pixels, no bias
//   x <- x + attention(ln_1(x)),  x <- x + mlp(ln_2(x))     per block
//
// Taps: "block1" ..., class token and patches after a block;
//   "tokens"     ln_post of the patches, row-major, without class token         [B, P, D]
//   "embedding"  ln_post of the class token, projected: what is compared with texts      [B, 1, embedding]
//
// Names: class_embedding, positional_embedding, proj, conv1, ln_pre, transformer.resblocks.<i>, ln_post (in the
// published files below "visual."). Fresh weights: layers as torch draws them; tables, class token and proj
// N(0, 1/width).
//
// Source: Radford et al. 2021 (arXiv:2103.00020), section 2.4, and the released code.
#pragma once

#include "vision_transformer.h"

namespace bgraph::features {

struct ClipParams : VisionTransformerParams {
  int64_t embedding = 768;

  ClipParams() {
    mean = {0.48145466, 0.4578275, 0.40821073};
    sd = {0.26862954, 0.26130258, 0.27577711};
  }

  template <class Visitor>
  void visit(Visitor& field) {
    VisionTransformerParams::visit(field);
    field("embedding", embedding, at_least(1), "numbers of the projected class token");
    field("taps", taps, any(), "\"block<i>\" from 1, \"tokens\" or \"embedding\", in order");
  }
};

class ClipTower : public VisionTransformer {
 public:
  void initialise(Rng rng) override;

 protected:
  ClipTower(const ClipParams& params, Activation activation);

  at::Tensor embed(const at::Tensor& images) override;
  TokenGrid output(const std::string& tap, const at::Tensor& x, int64_t height, int64_t width) override;
  BackboneSizes::Tap output_size(const std::string& tap) const override;

 private:
  at::Tensor class_embedding_, positional_embedding_, proj_;
  std::shared_ptr<Conv2d> conv1_;
  std::shared_ptr<LayerNorm> ln_pre_, ln_post_;
};

}  // namespace bgraph::features

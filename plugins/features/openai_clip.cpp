// features.openai_clip: the visual tower of OpenAI's CLIP (an ImageBackbone); clip_tower.h says what it computes.
//
// Defaults are ViT-L/14 at 224 pixels, 303,966,208 parameters, QuickGELU in the perceptrons. The tap "embedding", 768
// numbers, is what the metrics "CLIP" and "1000-way CLIP" compare; it is a grid of one token.
//
// Source: Radford et al. 2021 (arXiv:2103.00020), table 20 (ViT-L/14), and the released code.
//
//   [nodes.clip]
//   type      = "io.load_weights"
//   file      = "clip_vit_l_14.safetensors"        # `bgraph import` makes it; text tower and logit scale stay out
//   component = "features.openai_clip"
//   prefixes  = { "visual." = "" }
//   settings  = { taps = ["embedding"] }           # small: width = 96, depth = 3, heads = 4, embedding = 40

#include "clip_tower.h"

namespace bgraph::features {

struct OpenaiClipParams : ClipParams {
  OpenaiClipParams() { taps = {"embedding"}; }
};

class OpenaiClip final : public ClipTower {
 public:
  explicit OpenaiClip(OpenaiClipParams params) : ClipTower(params, Activation::quick_gelu) {}
};

BGRAPH_COMPONENT(OpenaiClip, "features.openai_clip")

}  // namespace bgraph::features

// features.open_clip: the visual tower of OpenCLIP (an ImageBackbone); clip_tower.h says what it computes.
//
// Defaults are ViT-bigG/14 (laion2b_s39b_b160k) at 224 pixels, 1,844,907,264 parameters, GELU by the error function.
// The tap "tokens", 256 x 1664 after ln_post, is the semantic target of Brain-IT and the condition of the unCLIP
// model. In bfloat16 (precision = "bfloat16") the weights take 3.7 GB.
//
// Half range: the unCLIP embedder expects images in [-1, 1] and maps them to [0, 1] by (x + 1) / 2, but the
// MindEye2 family, whose weights are used, feeds [0, 1]. Every token it was trained on comes from ((x + 1) / 2 - mean) / sd
// with x in [0, 1], so that is the default; half_range = false is the tower as OpenCLIP means it.
//
// Source: Cherti et al. 2023 (arXiv:2212.07143); tokens after ln_post as OpenCLIP 2.23 and later return them (2.22 and
// earlier: before). Half range: Brain-IT's release, token preparation.
//
//   [nodes.bigg]
//   type      = "io.load_weights"
//   file      = "unclip6_epoch0_step110000.safetensors"
//   component = "features.open_clip"
//   prefixes  = { "conditioner.embedders.0.model.visual." = "" }
//   settings  = { taps = ["tokens"] }              # small: width = 208, depth = 3, heads = 2, embedding = 80

#include "clip_tower.h"

namespace bgraph::features {

struct OpenClipParams : ClipParams {
  bool half_range = true;

  OpenClipParams() {
    width = 1664;
    depth = 48;
    mlp_ratio = 4.9231;
    embedding = 1280;
    taps = {"tokens"};
  }

  template <class Visitor>
  void visit(Visitor& field) {
    ClipParams::visit(field);
    field("half_range", half_range, any(), "move images from [0, 1] to [0.5, 1] first, as the unCLIP tokens were made");
  }
};

class OpenClip final : public ClipTower {
 public:
  explicit OpenClip(const OpenClipParams& params) : ClipTower(in_half_range(params), Activation::gelu) {}

 private:
  /// ((x + 1) / 2 - mean) / sd  =  (x - (2 mean - 1)) / (2 sd)
  static ClipParams in_half_range(OpenClipParams params) {
    if (!params.half_range) return params;
    for (auto& mean : params.mean) mean = 2 * mean - 1;
    for (auto& sd : params.sd) sd *= 2;
    return params;
  }
};

BGRAPH_COMPONENT(OpenClip, "features.open_clip")

}  // namespace bgraph::features

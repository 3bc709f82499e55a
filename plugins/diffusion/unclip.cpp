// diffusion.unclip: the diffusion backend of the paper: images from semantic tokens, in the latents of an autoencoder.
//
//   y          sinusoids of `sizes`, as wide together as the UNet's vector
//   training   noise predicted from noised latents, the image's own tokens as context
//   sampling   Euler over the 1000-level table with guidance, from noise or from a start image (dual branch)
//
// unclip_backend.h has the formulas and the order of random numbers. The UNet and the autoencoder are parts: models
// of their own, so that TAESD can stand in for the large autoencoder by one line. This node joins them; image ids that
// the UNet was trained on are taken over. Parts that do not fit each other, or weights that do not fit their part, are
// refused here; nothing is loaded for that.
//
// Source: MindEye2 (arXiv:2403.11207), unCLIP; Brain-IT (arXiv:2510.25976), joint training and dual-branch sampling; sizes
// (256, 256, 0, 0), offset noise and its two forms from the authors' release (MindEye2 sampled with 768, 768, 0, 0).
//
//   [nodes.prior]
//   type   = "diffusion.unclip"
//   inputs = { unet = "unet", autoencoder = "vae" }

#include "unclip_backend.h"

#include <bgraph/sdk/nn/parameter_kind.h>
#include <bgraph/sdk/node.h>

namespace bgraph::diffusion {

BGRAPH_COMPONENT(Unclip, "diffusion.unclip")

using JoinedUnclipParams = UnclipParams;

class JoinedUnclip final : public Node {
 public:
  explicit JoinedUnclip(JoinedUnclipParams params) : params_(std::move(params)) {}

  In<Model> unet{this, "unet", "DenoisingNetwork, diffusion.sgm_unet for example"};
  In<Model> autoencoder{this, "autoencoder", "Autoencoder whose latents the UNet knows"};
  Out<Model> model{this, "model", "DiffusionBackend diffusion.unclip"};

  void run(Context& ctx) override {
    Model made = ctx.recipe("diffusion.unclip", {{"image_size", params_.image_size},
                                                 {"sizes", params_.sizes},
                                                 {"offset_noise", params_.offset_noise}});
    made.parts = {{"unet", *unet}, {"autoencoder", *autoencoder}};
    made.trained_on = unet->trained_on;
    made.trained_space = unet->trained_space;
    made.notes = unet->notes;
    const ParameterScope shapes_only({.device = at::kMeta});
    ctx.build<DiffusionBackend>(made);
    model = std::move(made);
  }

 private:
  JoinedUnclipParams params_;
};

BGRAPH_NODE(JoinedUnclip, "diffusion.unclip")

}  // namespace bgraph::diffusion

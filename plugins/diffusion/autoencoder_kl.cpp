// diffusion.autoencoder_kl: the autoencoder of SDXL and of the unCLIP prior (kl_autoencoder.h says how it works).
//
// The defaults are the published one: 83,653,863 parameters, latents of 4 channels at an eighth of the side. It is
// kept in float32: in half precision the weights of SDXL overflow.
//
// The encoder gives a distribution; diffusion models sample it when they start from an image, as the reference does.
//
//   the part `autoencoder` of diffusion.unclip and diffusion.sdxl_refiner; by itself in diffusion.autoencode

#include "kl_autoencoder.h"

namespace bgraph::diffusion {

BGRAPH_COMPONENT(KlAutoencoder, "diffusion.autoencoder_kl")

}  // namespace bgraph::diffusion

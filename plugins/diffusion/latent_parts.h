// The two parts of a latent diffusion model, as a recipe names them: 'unet' and 'autoencoder'.
#pragma once

#include <bgraph/sdk/components/autoencoder.h>
#include <bgraph/sdk/components/denoising_network.h>

namespace bgraph::diffusion {

struct LatentParts {
  std::shared_ptr<DenoisingNetwork> unet;
  std::shared_ptr<Autoencoder> autoencoder;

  /// Pixels per side that become one number on the UNet's coarsest map.
  int64_t factor() const { return unet->factor() * autoencoder->factor(); }
};

/// Error in the name of `owner` if a part is missing, is something else, or the two do not share a latent.
LatentParts latent_parts(const std::string& owner, const std::map<std::string, std::shared_ptr<Component>>& parts);

}  // namespace bgraph::diffusion

#include "latent_images.h"

#include <torch/types.h>

namespace bgraph::diffusion {

at::Tensor latents_of(Autoencoder& autoencoder, const at::Tensor& images, const at::Tensor& noise) {
  const at::NoGradGuard guard;
  std::vector<at::Tensor> latents;
  for (int64_t b = 0; b < images.size(0); ++b)
    latents.push_back(autoencoder.encode(images.narrow(0, b, 1), noise.defined() ? noise.narrow(0, b, 1) : noise));
  return at::cat(latents);
}

at::Tensor images_of(Autoencoder& autoencoder, const at::Tensor& latents) {
  const at::NoGradGuard guard;
  std::vector<at::Tensor> images;
  for (const auto& one : latents.split(1)) images.push_back(autoencoder.decode(one).clamp(0, 1));
  return at::cat(images);
}

}  // namespace bgraph::diffusion

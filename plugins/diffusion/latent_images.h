// Images to latents and back, one image at a time: the widest maps of one image of 768 pixels take 300 MB, and bits do
// not depend on the batch.
#pragma once

#include <bgraph/sdk/components/autoencoder.h>

namespace bgraph::diffusion {

/// images [B, 3, H, W] in [0, 1], noise [B, C, h, w] or undefined  ->  latents [B, C, h, w], without gradient.
at::Tensor latents_of(Autoencoder& autoencoder, const at::Tensor& images, const at::Tensor& noise);

/// latents [B, C, h, w]  ->  images [B, 3, H, W] in [0, 1], without gradient.
at::Tensor images_of(Autoencoder& autoencoder, const at::Tensor& latents);

}  // namespace bgraph::diffusion

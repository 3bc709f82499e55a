// How a denoising network is used: as a denoiser, under guidance, and in training.
//
//   D(x, sigma) = x - sigma F(c_in x, t, context, vector)        t: sigma's place in the noise table, sigma that entry
//   guided      = D(without) + scale (D(given) - D(without))     both in one batch of 2 B
//   loss_b      = mean (noise - F(c_in x, t_b, ...))^2,  x = z + sigma_{t_b} noise
//
// The loss is the reference's sigma^-2 (D - z)^2 written without the division.
//
// Source: preconditioning.h (eps), euler_sampler.h; Brain-IT (arXiv:2510.25976), joint training.
#pragma once

#include "euler_sampler.h"

#include <bgraph/sdk/components/denoising_network.h>

namespace bgraph::diffusion {

struct Condition {
  at::Tensor context;  // [B, T, D]
  at::Tensor vector;   // [B, V]
};

/// x [B, C, h, w] at noise level sigma  ->  the expected clean latents.
at::Tensor denoised(DenoisingNetwork& network, const at::Tensor& x, double sigma, const Condition& given);

/// Scale 1 never runs `without`.
Denoiser guided_denoiser(DenoisingNetwork& network, Condition given, Condition without, double scale);

/// z, noise [B, C, h, w], t [B] int64 in 0..999  ->  loss per row [B], with gradient.
at::Tensor denoising_loss(DenoisingNetwork& network, const at::Tensor& z, const at::Tensor& t, const at::Tensor& noise,
                          const Condition& given);

}  // namespace bgraph::diffusion

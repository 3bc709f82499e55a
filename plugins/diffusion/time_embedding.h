// The sinusoid by which a network is told numbers: the noise level, sizes and crops of images.
//
//   embedding = [cos(t f_0) .. cos(t f_{h-1}), sin(t f_0) .. sin(t f_{h-1})]      f_i = 10000^(-i / h),  h = width / 2
//
// As a time, t is the index 0..999 into the table of noise levels, not sigma.
//
// Source: Ho et al. 2020 (DDPM), after Vaswani et al. 2017, section 3.5; halves in the order of latent diffusion. Sizes and
// crops: Podell et al. 2023 (SDXL, arXiv:2307.01952), section 2.2.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace bgraph::diffusion {

/// t [B], any numbers  ->  [B, width]; width is even.
at::Tensor time_embedding(const at::Tensor& t, int64_t width);

/// numbers [B, n]  ->  [B, n * width], the embedding of each, side by side.
at::Tensor number_embeddings(const at::Tensor& numbers, int64_t width);

}  // namespace bgraph::diffusion

// The sinusoid by which a network is told the noise level.
//
//   embedding = [cos(t f_0) .. cos(t f_{h-1}), sin(t f_0) .. sin(t f_{h-1})]      f_i = 10000^(-i / h),  h = width / 2
//
// t is the index 0..999 into the table of noise levels, not sigma.
//
// Source: Ho et al. 2020 (DDPM), after Vaswani et al. 2017, section 3.5; halves in the order of latent diffusion.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace bgraph::diffusion {

/// t [B] int64  ->  [B, width]; width is even.
at::Tensor time_embedding(const at::Tensor& t, int64_t width);

}  // namespace bgraph::diffusion

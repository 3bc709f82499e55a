// Euler's method on the probability-flow equation of the noise level, without churn.
//
//   dx/dsigma = (x - D(x, sigma)) / sigma           x_{i+1} = x_i + (sigma_{i+1} - sigma_i) (x_i - D(x_i, sigma_i)) / sigma_i
//   guidance: D = D_u + scale (D_c - D_u)           scale 1 is the conditional denoiser itself
//
// The last level is 0, so the last step lands on D itself.
//
// Source: Karras et al. 2022 (arXiv:2206.00364), algorithm 1 without churn; Ho & Salimans 2022 (arXiv:2207.12598) for
// guidance, in the form of the reference implementation.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

namespace bgraph::diffusion {

/// x [B, C, H, W] at noise level sigma  ->  the expected clean image, same shape.
using Denoiser = std::function<at::Tensor(const at::Tensor& x, double sigma)>;

/// Runs from levels.front() to levels.back() (descending); returns x at the last level. `after_step` is told the index
/// of the step, counted from `first`, and x after it.
at::Tensor euler(at::Tensor x, const std::vector<double>& levels, const Denoiser& denoise, int64_t first = 0,
                 const std::function<void(int64_t step, const at::Tensor& x)>& after_step = {});

/// Vanilla classifier-free guidance.
at::Tensor guided(const at::Tensor& conditional, const at::Tensor& unconditional, double scale);

}  // namespace bgraph::diffusion

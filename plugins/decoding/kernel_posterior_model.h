// Posterior mean of an image under a linear likelihood and a kernel density over example images.
//
//   prior: z ~ 1/M sum_m N(a z_m, h I),  a = sqrt(1 - h)      z_m: whitened coefficients of M examples
//   given g = A S^-1 (y - b), G = A S^-1 A^T, both divided by noise_scale, P = G + I / h, u_m = a z_m / h:
//     log w_m = 1/2 (g + u_m)^T P^-1 (g + u_m) - 1/2 h |u_m|^2 + const,    z^ = P^-1 (g + sum_m w_m u_m)
//   h = 0 weighs the examples themselves: log w_m = g^T z_m - 1/2 z_m^T G z_m,   z^ = sum_m w_m z_m
//   h = 1 is the Gaussian prior of decoding.linear_gaussian
//
// What the coefficients leave out of an example goes with it: x^ = prior.pixels(z^) + a sum_m w_m (x_m - pixels(z_m)).
#pragma once

#include "image_prior.h"

namespace bgraph::decoding {

/// Example images with their coefficients.
struct Examples {
  at::Tensor pictures;  // [M, P] float64
  at::Tensor z;         // [M, C]
  ImagePrior prior;

  Examples(at::Tensor pictures, const ImagePrior& prior);
};

/// statistic [N, C] and precision [C, C] of a LinearLikelihood  ->  pictures [N, P].
at::Tensor kernel_posterior_mean(const Examples& examples, const at::Tensor& statistic, const at::Tensor& precision,
                                 double bandwidth, double noise_scale);

}  // namespace bgraph::decoding

// How a network F becomes a denoiser D, for data of unit variance and noise of standard deviation sigma.
//
//   D(x, sigma) = c_skip x + c_out F(c_in x, t)         c_in = 1 / sqrt(sigma^2 + 1): what enters F has unit variance
//   eps:   c_skip = 1                  c_out = -sigma                         F learns the noise
//   v:     c_skip = 1 / (sigma^2 + 1)  c_out = -sigma / sqrt(sigma^2 + 1)     F learns (noise - sigma data) / sqrt(sigma^2 + 1)
//   image: c_skip = 0                  c_out = 1                              F learns the data
//
// Training: weight * mean (F(c_in x, t) - (data - c_skip x) / c_out)^2.   weight: 1 for eps and v, and for image
// min(1 + 1 / sigma^2, 5), which is the loss of v with its weight at low noise cut off.
//
// Which one: large pretrained networks come as eps. An error of F reaches D times |c_out|, with eps up to 14.6
// fold. With eps and v the network must return the noise, all of it, in every pixel, which a million weights
// trained for minutes do not learn; images lie near a smooth manifold, so a small network learns those.
//
// Source: Karras et al. 2022 (arXiv:2206.00364), table 1, for the form; Ho et al. 2020 (eps); Salimans & Ho 2022
// (arXiv:2202.00512), section 4 (v and image); Hang et al. 2023 (arXiv:2303.09556) for cutting the weight off at 5.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>

namespace bgraph::diffusion {

struct Preconditioning {
  double c_skip = 1, c_out = 0, c_in = 1;
};

enum class Prediction { eps, v, image };

inline Prediction prediction_named(const std::string& name) {
  if (name == "eps") return Prediction::eps;
  return name == "v" ? Prediction::v : Prediction::image;
}

inline Preconditioning preconditioning(Prediction prediction, double sigma) {
  const double variance = sigma * sigma + 1;
  const double c_in = 1 / std::sqrt(variance);
  switch (prediction) {
    case Prediction::eps: return {1, -sigma, c_in};
    case Prediction::v: return {1 / variance, -sigma * c_in, c_in};
    case Prediction::image: break;
  }
  return {0, 1, c_in};
}

inline double loss_weight(Prediction prediction, double sigma) {
  return prediction == Prediction::image ? std::min(1 + 1 / (sigma * sigma), 5.0) : 1.0;
}

}  // namespace bgraph::diffusion

// How a network F becomes a denoiser D, for data of unit variance and noise of standard deviation sigma.
//
//   D(x, sigma) = c_skip x + c_out F(c_in x, t)         c_in = 1 / sqrt(sigma^2 + 1): what enters F has unit variance
//   eps:  c_skip = 1                  c_out = -sigma                         F learns the noise
//   v:    c_skip = 1 / (sigma^2 + 1)  c_out = -sigma / sqrt(sigma^2 + 1)     F learns (noise - sigma data) / sqrt(sigma^2 + 1)
//
// An error of F reaches D times |c_out|: with eps up to 14.6 fold at the highest levels, with v never more than
// once. Large pretrained networks come as eps; a network of a million weights trained for minutes needs v.
//
// Training: mean (F(c_in x, t) - (data - c_skip x) / c_out)^2, equal to the usual losses on the noise or on v.
//
// Source: Karras et al. 2022 (arXiv 2206.00364), table 1, for the form; Ho et al. 2020 (eps); Salimans & Ho 2022
// (arXiv 2202.00512), appendix D (v).
#pragma once

#include <cmath>
#include <string>

namespace bgraph::diffusion {

struct Preconditioning {
  double c_skip = 1, c_out = 0, c_in = 1;
};

enum class Prediction { eps, v };

inline Prediction prediction_named(const std::string& name) {
  return name == "eps" ? Prediction::eps : Prediction::v;
}

inline Preconditioning preconditioning(Prediction prediction, double sigma) {
  const double variance = sigma * sigma + 1;
  const double c_in = 1 / std::sqrt(variance);
  if (prediction == Prediction::eps) return {1, -sigma, c_in};
  return {1 / variance, -sigma * c_in, c_in};
}

}  // namespace bgraph::diffusion

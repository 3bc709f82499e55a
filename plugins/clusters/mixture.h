// Gaussian mixtures by expectation-maximisation, in double, over blocks of rows.
//
//   E   log p(x, k) = log w_k + log N(x; m_k, C_k),   r_k = exp(log p(x, k) - logsumexp over k)
//   M   n_k = sum r,  m_k = sum r x / n_k,  C_k = sum r x x^T / n_k - m_k m_k^T + reg on the diagonal,  w_k = n_k / N
//
// A block of rows goes through E and into the sums of M while it is in cache: the [N, K] posteriors never
// exist as a whole. Stops when the mean log-likelihood moves by less than tol.
//
// Source: Dempster, Laird & Rubin 1977; defaults and stopping rule as in scikit-learn, which the authors of
// Brain-IT (arXiv:2510.25976) used.
#pragma once

#include <bgraph/sdk/data/rng.h>

#include <ATen/core/Tensor.h>

#include <vector>

namespace bgraph::clusters {

enum class Covariance { diagonal, full };

struct Mixture {
  Covariance kind = Covariance::full;
  at::Tensor weights;      // [K]
  at::Tensor means;        // [K, D]
  at::Tensor covariances;  // [K, D] or [K, D, D]
};

struct MixtureOptions {
  double tolerance = 1e-3;
  double ridge = 1e-6;  // added to the diagonals
  int64_t iterations = 100;
};

struct MixtureFit {
  Mixture mixture;
  std::vector<double> bounds;  // mean log-likelihood before each M step
  bool converged = false;
};

/// rows [N, D] double. Error if a covariance stops being positive definite.
MixtureFit fit_mixture(const at::Tensor& rows, Mixture start, const MixtureOptions& options);

/// The mixture of rows that already have a label (of k-means, say); every label in [0, K).
Mixture mixture_of_labels(const at::Tensor& rows, const at::Tensor& labels, int64_t clusters, Covariance kind,
                          double ridge);

struct Assignment {
  at::Tensor label;           // [N] int64, the likeliest component
  at::Tensor log_likelihood;  // [N] double
};
Assignment assign(const Mixture& mixture, const at::Tensor& rows);

/// log p(x, k) [N, K]: for small N only.
at::Tensor joint_log_density(const Mixture& mixture, const at::Tensor& rows);

}  // namespace bgraph::clusters

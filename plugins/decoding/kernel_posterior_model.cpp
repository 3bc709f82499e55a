#include "kernel_posterior_model.h"

#include <torch/types.h>

#include <cmath>

namespace bgraph::decoding {

Examples::Examples(at::Tensor pictures, const ImagePrior& prior)
    : pictures(std::move(pictures)), z(prior.coefficients(this->pictures)), prior(prior) {}

at::Tensor kernel_posterior_mean(const Examples& examples, const at::Tensor& statistic, const at::Tensor& precision,
                                 double bandwidth, double noise_scale) {
  const at::Tensor g = statistic / noise_scale, G = precision / noise_scale, &z = examples.z;
  if (bandwidth == 0) {
    const at::Tensor fit = g.matmul(z.t()) - 0.5 * (z.matmul(G) * z).sum(1);  // [N, M]
    return at::softmax(fit, 1).matmul(examples.pictures);
  }
  const double a = std::sqrt(1.0 - bandwidth);
  const at::Tensor P = G + at::eye(G.size(0), at::kDouble) / bandwidth;
  const at::Tensor inverse = at::linalg_inv(P), u = z * (a / bandwidth);
  const at::Tensor fit = g.matmul(inverse).matmul(u.t()) + 0.5 * (u.matmul(inverse) * u).sum(1) -
                         0.5 * bandwidth * u.square().sum(1);
  const at::Tensor weights = at::softmax(fit, 1);  // [N, M]
  const at::Tensor found = (g + weights.matmul(u)).matmul(inverse);
  const at::Tensor left_out = weights.matmul(examples.pictures) - examples.prior.pixels(weights.matmul(z));
  return examples.prior.pixels(found) + a * left_out;
}

}  // namespace bgraph::decoding

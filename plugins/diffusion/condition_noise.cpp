#include "condition_noise.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>

namespace bgraph::diffusion {

at::Tensor as_predicted(const at::Tensor& condition, const at::Tensor& mean, double least, Rng& rng) {
  const int64_t batch = condition.size(0);
  const auto centred = (condition - mean).flatten(1);                                  // [B, T D]
  const auto share = least + (1 - least) * rng.uniform({batch, 1});                    // [B, 1] k
  const auto mixing = rng.normal({batch, batch}).fill_diagonal_(0);                    // no row is its own noise
  const auto noise = mixing.matmul(centred) / std::sqrt(std::max<double>(1, static_cast<double>(batch - 1)));
  const auto predicted = share * centred + (share * (1 - share)).sqrt() * noise;       // [B, T D]
  return predicted.reshape_as(condition) + mean;
}

}  // namespace bgraph::diffusion

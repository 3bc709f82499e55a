#include <bgraph/sdk/nn/dropout.h>

#include <torch/types.h>

namespace bgraph {

at::Tensor dropout(const at::Tensor& x, double p, Rng& rng) {
  if (p <= 0.0) return x;
  const auto keep = rng.uniform(x.sizes()).ge_(p).div_(1.0 - p);  // 0 or 1 / (1 - p)
  return x * keep.to(x.options());
}

}  // namespace bgraph

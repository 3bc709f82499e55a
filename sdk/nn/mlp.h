// Two-layer perceptron of a transformer block: fc2(GELU(fc1(x))), GELU by the error function.
#pragma once

#include <bgraph/sdk/nn/layers.h>

#include <memory>

namespace bgraph {

/// [..., in] -> [..., out]
class Mlp final : public torch::nn::Module {
 public:
  Mlp(int64_t in, int64_t hidden, int64_t out);
  at::Tensor operator()(const at::Tensor& x) const;

  std::shared_ptr<Linear> fc1, fc2;
};

}  // namespace bgraph

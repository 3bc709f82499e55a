// Two-layer perceptron of a transformer block: fc2(activation(fc1(x))).
//
//   gelu        x Phi(x), Phi the normal distribution function (by the error function)
//   quick_gelu  x sigmoid(1.702 x)
//
// Source: Hendrycks and Gimpel 2016, section 2 (both forms).
#pragma once

#include <bgraph/sdk/nn/layers.h>

#include <memory>

namespace bgraph {

enum class Activation { gelu, quick_gelu };

at::Tensor activate(Activation activation, const at::Tensor& x);

/// [..., in] -> [..., out]
class Mlp final : public torch::nn::Module {
 public:
  struct Options {
    Activation activation = Activation::gelu;
    const char* first = "fc1";  // the names checkpoints give to the layers
    const char* second = "fc2";
  };
  Mlp(int64_t in, int64_t hidden, int64_t out, Options options);
  Mlp(int64_t in, int64_t hidden, int64_t out) : Mlp(in, hidden, out, Options()) {}
  at::Tensor operator()(const at::Tensor& x) const;

  std::shared_ptr<Linear> fc1, fc2;

 private:
  Activation activation_;
};

}  // namespace bgraph

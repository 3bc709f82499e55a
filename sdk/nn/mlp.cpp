#include <bgraph/sdk/nn/mlp.h>

#include <torch/types.h>

namespace bgraph {

at::Tensor activate(Activation activation, const at::Tensor& x) {
  return activation == Activation::gelu ? at::gelu(x) : x * at::sigmoid(1.702 * x);
}

Mlp::Mlp(int64_t in, int64_t hidden, int64_t out, Options options)
    : fc1(register_module(options.first, std::make_shared<Linear>(in, hidden))),
      fc2(register_module(options.second, std::make_shared<Linear>(hidden, out))),
      activation_(options.activation) {}

at::Tensor Mlp::operator()(const at::Tensor& x) const { return (*fc2)(activate(activation_, (*fc1)(x))); }

}  // namespace bgraph

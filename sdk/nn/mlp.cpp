#include <bgraph/sdk/nn/mlp.h>

#include <torch/types.h>

namespace bgraph {

Mlp::Mlp(int64_t in, int64_t hidden, int64_t out)
    : fc1(register_module("fc1", std::make_shared<Linear>(in, hidden))),
      fc2(register_module("fc2", std::make_shared<Linear>(hidden, out))) {}

at::Tensor Mlp::operator()(const at::Tensor& x) const { return (*fc2)(at::gelu((*fc1)(x))); }

}  // namespace bgraph

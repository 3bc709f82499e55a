#include <bgraph/sdk/nn/batch_norm.h>

#include <bgraph/sdk/nn/parameter_kind.h>
#include <torch/types.h>

namespace bgraph {

BatchNorm::BatchNorm(int64_t channels, double eps) : eps_(eps) {
  weight = register_parameter("weight", new_parameter({channels}, 1));
  bias = register_parameter("bias", new_parameter({channels}));
  running_mean = register_buffer("running_mean", new_parameter({channels}));
  running_var = register_buffer("running_var", new_parameter({channels}, 1));
}

at::Tensor BatchNorm::operator()(const at::Tensor& x) const {
  return at::batch_norm(x, weight, bias, running_mean, running_var, /*training=*/false, /*momentum=*/0.0, eps_,
                        /*cudnn_enabled=*/true);
}

void BatchNorm::initialise(Rng&) {
  const at::NoGradGuard guard;
  for (at::Tensor* gain : {&weight, &running_var}) gain->fill_(1.0);
  for (at::Tensor* offset : {&bias, &running_mean}) offset->zero_();
}

}  // namespace bgraph

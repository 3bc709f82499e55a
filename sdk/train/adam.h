// Adam, AdamW and AMSGrad over one flat buffer.
//
//   p <- p (1 - rate * weight_decay)                       decoupled decay (AdamW)
//   m <- b1 m + (1 - b1) g,   v <- b2 v + (1 - b2) g^2
//   u  = max(u, v) with amsgrad, else v
//   p <- p - rate / (1 - b1^t) * m / (sqrt(u) / sqrt(1 - b2^t) + eps)
//
// The optimiser moves every parameter and its gradient into one buffer each and leaves views behind, so that a
// step is a few passes over contiguous memory whatever the number of tensors. Parameters must already stand on
// their device; they keep their identity (modules need not be told).
//
// Source: Kingma & Ba 2015; Reddi et al. 2018 (AMSGrad, bias-corrected as in torch); Loshchilov & Hutter 2019.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>

namespace torch::nn {
class Module;
}

namespace bgraph {

using NamedTensors = std::map<std::string, at::Tensor>;

/// The parameters of a module that want a gradient, as "prefix" + name.
NamedTensors trainable(const torch::nn::Module& module, const std::string& prefix = {});

struct AdamOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0.0;
  bool amsgrad = false;
};

class Adam {
 public:
  /// Errors: no parameters, or parameters of different dtype or device.
  Adam(NamedTensors parameters, AdamOptions options);

  /// One step down the gradients that backward() has accumulated; then they are zero again.
  void step(double rate);

  const NamedTensors& parameters() const { return parameters_; }
  const at::Tensor& values() const { return values_; }        // [numbers]: all parameters, padding between them
  const at::Tensor& gradients() const { return gradients_; }  // [numbers]: the same of their gradients
  NamedTensors state() const;                // copies, by name
  void restore(const NamedTensors& state);   // error if it is another optimiser's

 private:
  NamedTensors parameters_;
  AdamOptions options_;
  int64_t steps_ = 0;
  at::Tensor values_, gradients_, first_, second_, largest_;  // [numbers]; largest_ only with amsgrad
};

}  // namespace bgraph

// Batch norm as it is evaluated: with the statistics that training has left behind, never with the batch's own.
//
//   y = weight * (x - running_mean) / sqrt(running_var + eps) + bias        per channel
//
// An affine map of fixed coefficients, so that an image's features depend on nothing beside it. Names are those of
// checkpoints, without `num_batches_tracked`, which only counted the steps of training.
// Networks here that use it are pretrained; nothing trains through it but adapters and images.
//
// Source: Ioffe & Szegedy 2015, algorithm 2.
#pragma once

#include <bgraph/sdk/nn/layers.h>

namespace bgraph {

/// [B, channels, H, W] -> same. Fresh: the identity (but for eps).
class BatchNorm final : public Layer {
 public:
  explicit BatchNorm(int64_t channels, double eps = 1e-5);
  at::Tensor operator()(const at::Tensor& x) const;
  void initialise(Rng& rng) override;

  at::Tensor weight, bias;               // parameters
  at::Tensor running_mean, running_var;  // buffers

 private:
  double eps_;
};

}  // namespace bgraph

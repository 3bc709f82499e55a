// The deep image prior's generator: an encoder-decoder with skip connections, several of them side by side.
//
//   per scale   skip path  conv 1x1 (in -> skip) - BN - LReLU
//               deep path  conv 3x3 stride 2 (in -> down) - BN - LReLU - conv 3x3 - BN - LReLU - [next scale]
//                          - bilinear x2
//               join       concat(skip, deep), cut to the smaller - BN - conv 3x3 (-> up) - BN - LReLU
//                          - conv 1x1 - BN - LReLU
//   outermost   conv 1x1 (up -> 3) - sigmoid
//
// One network belongs to one image. R of them run as one with grouped convolutions: parameters hold R networks
// one after the other ([R * out, in, k, k]), and batch norm in train mode over one image's positions is what each
// would compute alone. Nothing couples them.
// Parameter names are those of the reference (R = 1 loads its state dict, without the running statistics, which
// train mode never reads).
//
// Source: Ulyanov et al. 2018 (deep image prior), `skip`; Brain-IT (arXiv:2510.25976), low-level branch.
#pragma once

#include <bgraph/sdk/nn/layers.h>

#include <memory>
#include <vector>

namespace bgraph::inversion {

struct SkipOptions {
  int64_t input_depth = 32;
  std::vector<int64_t> down = {128, 128, 128};  // channels per scale, outermost first
  std::vector<int64_t> up = {128, 128, 128};
  std::vector<int64_t> skip = {2, 2, 2};
  Padding padding = Padding::reflect;
  double slope = 0.2;  // of the leaky ReLUs
};

class SkipNetworks final : public torch::nn::Module {
 public:
  /// Errors: lists of different lengths.
  SkipNetworks(int64_t runs, const SkipOptions& options);
  ~SkipNetworks() override;

  /// z [R, input_depth, H, W]  ->  images [R, 3, H, W] in (0, 1). H and W need at least 2 pixels at the
  /// coarsest scale.
  at::Tensor forward(const at::Tensor& z) const;

  /// Draws network r from rngs[r] alone.
  void initialise(std::vector<Rng> rngs);

 private:
  class Scale;
  int64_t runs_;
  std::shared_ptr<Scale> outermost_;
};

}  // namespace bgraph::inversion

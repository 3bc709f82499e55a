// Fitting deep image priors: generators whose rendered images answer a network as wanted.
//
//   loss_r  = mean over layers of  mean (tap_l(image_r) - target_lr)^2
//   theta  <- Adam step down sum_r loss_r          each image has the gradient it would have alone
//   a      <- decay a + (1 - decay) image          a_0 = the first image; frozen once its image has settled
//
// Images rendered larger than the network looks at are made smaller first: bicubic, antialiased.
//
// Source: Brain-IT (arXiv:2510.25976), low-level branch, as released; Ulyanov et al. 2018.
#pragma once

#include "skip_network.h"

#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/train/adam.h>

namespace bgraph::inversion {

/// What one tap of the network should answer.
struct DipTarget {
  size_t tap;      // its number among the network's
  at::Tensor map;  // [R, C, H, W]
};

class DipFit {
 public:
  struct Options {
    double rate = 0.001;
    double decay = 0.99;
    AdamOptions adam;
  };
  struct Step {
    at::Tensor rendered;  // [R, 3, H, W], before the step
    at::Tensor by_layer;  // [R, L] mean squared errors of those images
  };

  /// The network's parameters no longer want gradients: it is looked through, not trained.
  DipFit(SkipNetworks& generators, ImageBackbone& network, std::vector<DipTarget> wanted, Options options);

  /// input [R, depth, H, W]: what the generators are given this time.
  Step step(const at::Tensor& input);
  /// images [R, 3, H, W]  ->  [R, L] mean squared error per layer, differentiable.
  at::Tensor by_layer(const at::Tensor& images) const;
  const at::Tensor& average() const { return average_; }  // [R, 3, H, W]
  /// Freezes every average that has moved by less than `bound` (root mean square) since the last call; true once
  /// all are frozen.
  bool settled(double bound);

 private:
  ImageBackbone& network_;
  SkipNetworks& generators_;
  std::vector<DipTarget> wanted_;
  Options options_;
  Adam adam_;
  at::Tensor average_, seen_before_;
  at::Tensor frozen_;  // [R] bool
};

}  // namespace bgraph::inversion

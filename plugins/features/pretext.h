// What a small network is trained for, so that its tokens carry both semantics and appearance.
//
//   classify     cross-entropy of the category, read from the strongest answers of the deepest tap anywhere
//   reconstruct  every token of tap l reads out its own patch of the image linearly: 1 - R^2
//   invariance   InfoNCE between two photometric views: the deepest tokens, projected and side by side, must
//                tell the image's own other view from those of the rest of the batch
//
// The heads are thrown away after training.
// Source: InfoNCE as in van den Oord et al. 2018 with views as in Chen et al. 2020 (SimCLR); all else plain.
#pragma once

#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/nn/layers.h>

namespace bgraph::features {

struct PretextWeights {
  double classify = 1.0;
  std::vector<double> reconstruct;  // per tap, shallow first; empty = none
  double invariance = 0.0;
  double temperature = 0.1;
};

/// One number per aim; also what the scores are made of.
struct PretextScores {
  at::Tensor cross_entropy, accuracy;
  std::vector<at::Tensor> unexplained;  // per tap: 1 - R^2 of the patches
  at::Tensor contrast, retrieval;       // undefined without a second view
};

class PretextHeads final : public torch::nn::Module {
 public:
  /// `grids`: what the network gives for any image of height x width.
  PretextHeads(const std::vector<TokenGrid>& grids, int64_t height, int64_t width, int64_t categories);

  /// images [B, 3, H, W] and their taps; `view_grids` are those of a second view, or empty.
  PretextScores score(const at::Tensor& images, const at::Tensor& category, const std::vector<TokenGrid>& grids,
                      const std::vector<TokenGrid>& view_grids, double temperature) const;

 private:
  at::Tensor projected(const TokenGrid& deepest) const;

  std::shared_ptr<Linear> classifier_, projector_;
  std::vector<std::shared_ptr<Linear>> readouts_;
  std::vector<int64_t> patches_;  // pixels per token side
};

/// The weighted sum that is minimised, a scalar.
at::Tensor pretext_loss(const PretextScores& scores, const PretextWeights& weights);

}  // namespace bgraph::features

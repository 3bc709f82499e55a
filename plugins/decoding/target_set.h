// What each trial should be decoded to: its image's tokens, found by image id.
#pragma once

#include "token_layout.h"
#include "trial_images.h"

namespace bgraph::decoding {

class TargetSet {
 public:
  /// `targets` has one entry per source of betas, or one for all. Errors: another number of entries, another id
  /// space, another layout, an image without features (named), an image that stands twice.
  TargetSet(const TrialSet& trials, const std::vector<Betas>& betas, const std::vector<Features>& targets,
            TokenLayout layout, const std::string& port);

  const TokenLayout& layout() const { return layout_; }

  /// What a predictor should put out for layer l of these trials, at positions [B, n]  ->  [B, n, used].
  at::Tensor tokens(size_t l, const std::vector<int64_t>& trials, const at::Tensor& positions) const;
  /// At all positions: [B, P, used].
  at::Tensor tokens(size_t l, const std::vector<int64_t>& trials) const;

 private:
  at::Tensor row(size_t l, int64_t trial) const;  // [P, D]

  std::vector<Features> targets_;
  TokenLayout layout_;
  std::vector<ImagePlace> places_;  // per trial
};

}  // namespace bgraph::decoding

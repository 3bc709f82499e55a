// Trials together with the pictures that were seen in them.
#pragma once

#include "trial_images.h"

#include <bgraph/sdk/values/images.h>

namespace bgraph::decoding {

class SeenTrials {
 public:
  /// `images`: one set for all sources of betas or one each, found by id (trial_images.h); `port` names it in errors.
  SeenTrials(const std::vector<Betas>& sources, std::vector<Images> images, bool averaged, const std::string& port);

  const TrialSet& trials() const { return trials_; }
  /// What was seen in these trials, [B, 3, H, W] in [0, 1].
  at::Tensor pixels(const std::vector<int64_t>& which) const;

 private:
  TrialSet trials_;
  std::vector<Images> images_;
  std::vector<ImagePlace> places_;  // per trial
};

}  // namespace bgraph::decoding

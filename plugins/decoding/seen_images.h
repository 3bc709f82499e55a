// The pictures that were seen in trials.
#pragma once

#include "trial_images.h"

#include <bgraph/sdk/values/images.h>

#include <string>
#include <vector>

namespace bgraph::decoding {

class SeenImages {
 public:
  /// `images`: one set for all sources of betas or one each, found by id (trial_images.h); `port` names it in errors. Those in files
  /// are read when they are asked for.
  SeenImages(Context& ctx, const TrialSet& trials, const std::vector<Betas>& sources, std::vector<Images> images, const std::string& port);

  /// What was seen in these trials, [B, 3, H, W] in [0, 1].
  at::Tensor pixels(const std::vector<int64_t>& which) const;

 private:
  Context* ctx_;
  std::vector<Images> images_;
  std::vector<ImagePlace> places_;  // per trial
};

}  // namespace bgraph::decoding

// What each trial should be decoded to: its image's tokens, found by image id.
#pragma once

#include "token_layout.h"
#include "trial_images.h"

#include <bgraph/sdk/values/features_view.h>

namespace bgraph::decoding {

/// Features as they are, in memory or views.
std::vector<FeatureRows> feature_rows(Context& ctx, const std::vector<Features>& features);

class TargetSet {
 public:
  /// `targets` has one entry per source of betas, or one for all; of a view the images of the trials that are asked for are
  /// evaluated. Errors: another number of entries, another id
  /// space, another layout, an image without features (named), an image that stands twice.
  TargetSet(const TrialSet& trials, const std::vector<Betas>& betas, std::vector<FeatureRows> targets,
            TokenLayout layout, const std::string& port);

  const TokenLayout& layout() const { return layout_; }
  const std::vector<FeatureRows>& features() const { return targets_; }

  /// What a predictor should put out for these trials at positions [B, n_l] of each layer  ->  per layer [B, n_l, used].
  std::vector<at::Tensor> tokens(const std::vector<int64_t>& trials, const std::vector<at::Tensor>& positions) const;
  /// The next tokens will be those of these trials.
  void read_ahead(const std::vector<int64_t>& trials) const;
  /// At all positions: per layer [B, P_l, used].
  std::vector<at::Tensor> tokens(const std::vector<int64_t>& trials) const;
  /// The first trial of each image, in the order of the features, and which of these images each trial saw.
  struct DistinctImages {
    std::vector<int64_t> trials;  // [I]
    at::Tensor image;             // [B] int64, index into `trials`
  };
  DistinctImages distinct(const std::vector<int64_t>& trials) const;

 private:
  std::vector<std::vector<at::Tensor>> rows(const std::vector<int64_t>& trials) const;  // [layer][trial] of [P, D]
  struct InSet {
    std::vector<int64_t> rows;
    std::vector<size_t> places;  // in the trials asked for
  };
  InSet in_set(size_t set, const std::vector<int64_t>& trials) const;

  std::vector<FeatureRows> targets_;
  TokenLayout layout_;
  std::vector<ImagePlace> places_;  // per trial
};

}  // namespace bgraph::decoding

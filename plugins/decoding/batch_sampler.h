// Which trials and which tokens a training step looks at: a function of the position in training alone.
#pragma once

#include "token_layout.h"
#include "trial_set.h"

#include <functional>

namespace bgraph::decoding {

struct SampledTokens {
  std::vector<at::Tensor> positions;  // per layer [B, n_l], drawn without replacement for each trial
  at::Tensor queries;                 // [B, sum n_l]: the same as query numbers
};

/// n_l positions of each layer; 0 or more than there are takes all of them. `counts` has one entry for all
/// layers, one per layer, or none (all positions).
SampledTokens sample_tokens(const TokenLayout& layout, const std::vector<int64_t>& counts, int64_t trials, Rng& rng);

class TrialSampler {
 public:
  /// A trial is predicted (external) with probability `external_fraction` where there are such trials; measured
  /// ones are taken in a fresh random order each time all have been seen. order_of(pass) draws these orders.
  TrialSampler(const TrialSet& trials, const std::vector<Betas>& sources, double external_fraction,
               std::function<Rng(int64_t)> order_of);

  /// `first` counts the trials drawn before in this training run.
  std::vector<int64_t> draw(int64_t first, int64_t count, Rng& rng);

  const std::vector<int64_t>& measured() const { return measured_; }
  /// The share asked for; 0 or 1 where trials are of one kind.
  double external_fraction() const { return external_fraction_; }

 private:
  std::vector<int64_t> measured_, external_;
  double external_fraction_;
  std::function<Rng(int64_t)> order_of_;
  int64_t pass_ = -1;
  at::Tensor order_;  // of the current pass
};

}  // namespace bgraph::decoding

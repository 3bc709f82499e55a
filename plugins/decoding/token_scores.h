// How well predicted tokens of one layer say which image was seen.
#pragma once

#include <ATen/core/Tensor.h>

namespace bgraph::decoding {

struct TokenScores {
  double identification = 0;  // two-way, chance 1/2
  double correlation = 0;     // mean over tokens
  double norm_ratio = 0;      // norm of the predictions over that of the targets
};

/// predicted [N, P, D] of N trials, image [N]: which row of `targets` [I, P, D] each of them saw.
/// Two-way: a token is right against another image if it correlates more with its own target than with that
/// image's target at the same position; ties count one half. One image alone gives NaN.
TokenScores score_tokens(const at::Tensor& predicted, const at::Tensor& targets, const at::Tensor& image);

}  // namespace bgraph::decoding

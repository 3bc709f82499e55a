// Condition augmentation: true tokens made to look like tokens predicted from a brain.
//
//   c' = m + k (c - m) + sqrt(k (1 - k)) n        m: mean token of the training set, n: noise with the tokens' own covariance
//
// This is how a calibrated linear prediction that explains the share k of the variance relates to the truth: it
// is shrunk towards the mean by k, E[c | c'] = c', and its error is spread as the tokens are. k is drawn per row,
// uniform in [least, 1]; the network sees it in the size of the tokens, so nothing has to tell it. n mixes the
// other rows of the batch by a random normal matrix, which gives it their covariance without computing one.
//
// Source: the noise augmentation of Ho et al. 2021 (cascaded diffusion) and unCLIP (arXiv:2204.06125). Differs: theirs
// is white and its level is an input. White noise in a space of 1024 correlated numbers averages away, and
// unshrunk noisy tokens are not what a regression returns.
#pragma once

#include <bgraph/sdk/data/rng.h>

namespace bgraph::diffusion {

/// condition [B, T, D], mean [T, D], 0 < least <= 1  ->  [B, T, D]. A batch of one row is only shrunk.
at::Tensor as_predicted(const at::Tensor& condition, const at::Tensor& mean, double least, Rng& rng);

}  // namespace bgraph::diffusion

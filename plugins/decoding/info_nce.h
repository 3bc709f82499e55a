// InfoNCE of predicted and true tokens, both directions, without ever holding the logits.
//
//   l_ij = p_i . t_j                    neither normalised nor tempered: the logit scale is 1
//   loss = mean_i (log sum_j exp l_ij + log sum_j exp l_ji) / 2 - l_ii
//
// The positive of a token is its own target, everything else in the batch is a negative: tokens of other images
// and of other positions. With N tokens the logits are N x N (4.3 GB for 32,768), so they are made in blocks of
// rows, twice: once for the streaming log-sum-exps, once more on the way back.
//
// Source: Brain-IT (arXiv:2510.25976), low-level branch (InfoNCE per layer); logit scale 1 and the symmetric
// form are the authors' release; van den Oord et al. 2018, eq. 4.
#pragma once

#include <ATen/core/Tensor.h>

namespace bgraph::decoding {

/// predicted [N, D], target [N, D]  ->  scalar, differentiable in both. `block` rows of logits are held at once.
at::Tensor info_nce(const at::Tensor& predicted, const at::Tensor& target, int64_t block = 1024);

}  // namespace bgraph::decoding

// The loss of predicted tokens over the layers of a network: each layer by itself, then their mean.
//
//   loss = 1/L sum_l loss_l        loss_l = InfoNCE over all tokens of layer l in the batch, or their mean squared error
//
// Negatives of a token are those of its own layer alone, from every image and position of the batch.
//
// Source: Brain-IT (arXiv:2510.25976), low-level branch; equal weights are the authors' release.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace bgraph::decoding {

/// outputs [B, n_1 + ... + n_L, D'], targets, anywhere: L of [B, n_l, D_l], D_l <= D'  ->  scalar. Of the outputs of layer l the
/// first D_l numbers count. `kind`: "infonce" or "mse".
at::Tensor layered_loss(const std::string& kind, const at::Tensor& outputs, const std::vector<at::Tensor>& targets);

}  // namespace bgraph::decoding

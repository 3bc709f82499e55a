// Multi-head attention: plain functions, and the self-attention of a transformer block.
//
//   attention map = softmax(q k^T / sqrt(D / A))      per head, over the keys
//   output        = map v, heads side by side
//
// Source: Vaswani et al. 2017, eq. 1 and section 3.2.2.
#pragma once

#include <bgraph/sdk/nn/layers.h>

#include <functional>
#include <memory>

namespace bgraph {

/// q [B, N, D], k [B, M, D]  ->  [B, A, N, M], rows sum to 1. Error if heads do not divide D.
at::Tensor attention_map(const at::Tensor& q, const at::Tensor& k, int64_t heads);

/// map [B, A, N, M], v [B, M, D]  ->  [B, N, D]
at::Tensor attend(const at::Tensor& map, const at::Tensor& v);

/// q [B, N, D], k and v [B, M, D]  ->  [B, N, D]. The whole map never exists: fused where the library has that
/// operator, else some queries at a time, unless a gradient needs the map.
at::Tensor scaled_dot_product(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, int64_t heads);

/// Sees input and output of an output projection and returns what goes on: where adapters sit.
using ProjectionHook = std::function<at::Tensor(const at::Tensor& input, const at::Tensor& output)>;

/// Names: qkv (one projection of width 3 D, with or without bias), proj.   [B, N, D] -> [B, N, D]
class SelfAttention final : public torch::nn::Module {
 public:
  SelfAttention(int64_t width, int64_t heads, bool qkv_bias = true);
  at::Tensor operator()(const at::Tensor& x, const ProjectionHook& after_projection = {}) const;

  std::shared_ptr<Linear> qkv, proj;

 private:
  int64_t heads_;
};

}  // namespace bgraph

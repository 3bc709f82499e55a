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

/// q [B, N, D], k and v [B, M, D]  ->  [B, N, D]. A large map never exists as a whole, not for the gradient either:
/// fused where the library has that operator, else some queries at a time (attention_in_pieces.h).
at::Tensor scaled_dot_product(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, int64_t heads);

/// Sees input and output of an output projection and returns what goes on: where adapters sit.
using ProjectionHook = std::function<at::Tensor(const at::Tensor& input, const at::Tensor& output)>;

/// One projection of width 3 D to queries, keys and values; attention; one projection back.   [B, N, D] -> same
class SelfAttention final : public Layer {
 public:
  struct Options {
    bool qkv_bias = true;
    bool packed = false;  // false: qkv.weight, qkv.bias, proj;   true: in_proj_weight, in_proj_bias, out_proj
  };
  SelfAttention(int64_t width, int64_t heads, Options options);
  at::Tensor operator()(const at::Tensor& x, const ProjectionHook& after_projection = {}) const;
  /// The packed projection is no module of its own, so it is drawn here.
  void initialise(Rng& rng) override;

  std::shared_ptr<Linear> qkv, proj;

 private:
  int64_t heads_;
  bool packed_;
};

}  // namespace bgraph

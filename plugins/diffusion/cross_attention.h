// Image positions read the semantic tokens: where all of the condition enters the UNet.
//
//   q = to_q(norm(x)) + query_position        k = to_k(tokens) + key_position        v = to_v(tokens)
//   y = x + to_out(softmax(q k^T / sqrt(d)) v)                                       per head of width d
//
// Positions are learned tables. Where the tokens stand on a grid both tables start as the same sinusoids of
// (row, column), so that attention begins local: head a of A is as sharp as a, head 0 reads all tokens alike.
// A network trained for minutes has no time to discover which token is where. to_out starts at zero.
//
// Source: Rombach et al. 2022 (latent diffusion), section 3.3. Differs: no self-attention and no feed-forward part
// beside it (convolutions span an 8x8 map), and the position tables, which pretrained tokens do not need.
#pragma once

#include <bgraph/sdk/nn/layers.h>

namespace bgraph::diffusion {

/// height * width tokens in row-major order, or 0 x 0 for tokens that stand on no grid.
struct TokenLayout {
  int64_t tokens = 0, width = 0;            // T tokens of D numbers
  int64_t grid_height = 0, grid_width = 0;
};

class CrossAttention final : public Layer {
 public:
  /// Reads at `side` x `side` image positions of `channels` each.
  CrossAttention(int64_t channels, int64_t side, int64_t heads, const TokenLayout& layout, int64_t context_width);

  /// x [B, C, side, side], context [B, context_width, T, 1]  ->  [B, C, side, side]
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& context) const;

  /// Draws the position tables; the projections inside draw themselves.
  void initialise(Rng& rng) override;
  void zero_last();

 private:
  int64_t side_, heads_;
  TokenLayout layout_;
  std::shared_ptr<GroupNorm> norm_;
  std::shared_ptr<Conv2d> to_q_, to_k_, to_v_, to_out_;  // 1x1: a projection per position
  at::Tensor query_position_;                             // [C, side * side]
  at::Tensor key_position_;                               // [C, T]
};

/// Sinusoids of row and column for `heads` heads side by side, head a scaled by a: [C, height * width].
/// Positions of two grids over the same image are compared at equal relative coordinates.
at::Tensor grid_sinusoids(int64_t channels, int64_t heads, int64_t height, int64_t width);

}  // namespace bgraph::diffusion

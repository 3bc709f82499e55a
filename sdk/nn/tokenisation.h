// Tokenisation: how a feature map becomes tokens, and how (predicted) tokens become a map again.
//
//   tokens[p, (c*k + y)*k + x] = map[c, stride*py + y, stride*px + x]      p = py * width + px, k = kernel
//   copies > 1 repeats the D numbers of each token, so that layers of few channels fill a common width
//
// Back: copies are averaged, then every map position is the mean over the tokens that cover it. Tokens that
// came from one map give that map back, bit for bit where at most four tokens cover a position.
//
// The three in use: one token per position (kernel 1), 2x2 patches (kernel 2, stride 2), overlapping 2x2
// patches (kernel 2, stride 1). They need not be stored beside the tokens: sizes tell them apart.
//
// Source: Brain-IT (arXiv:2510.25976), low-level branch, VGG tokens; channel order of torch's unfold.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace bgraph {

struct Tokenisation {
  int64_t kernel = 1;
  int64_t stride = 1;
  int64_t copies = 1;

  int64_t positions(int64_t map_side) const { return (map_side - kernel) / stride + 1; }
  bool operator==(const Tokenisation&) const = default;
};

/// Sizes of a feature map.
struct MapShape {
  int64_t channels = 0, height = 0, width = 0;
};

/// map [B, C, H, W]  ->  tokens [B, P, C * kernel^2 * copies], positions row-major.
/// Errors: ShapeError if the patches do not reach the map's border exactly.
at::Tensor tokens_from_map(const at::Tensor& map, const Tokenisation& how);

/// tokens [B, P, D]  ->  map [B, C, H, W]. Errors: ShapeError if the tokens do not fit the map.
at::Tensor map_from_tokens(const at::Tensor& tokens, const Tokenisation& how, const MapShape& shape);

/// The tokenisation that makes tokens of width D on a height x width grid from a map of this shape: the one
/// with the smallest kernel. ShapeError with both sizes if there is none.
Tokenisation tokenisation_between(const MapShape& map, int64_t token_height, int64_t token_width,
                                  int64_t token_dim);

}  // namespace bgraph

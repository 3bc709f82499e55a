// Attention over some queries at a time, forward and backward: memory linear in the number of keys.
//
//   p  = softmax(q k^T / sqrt(d))              a piece of the rows, thrown away after use and made again for the gradient
//   y  = p v
//   dv = p^T dy,   ds = p (dy v^T - rowsum(dy v^T * p)),   dq = ds k / sqrt(d),   dk = ds^T q / sqrt(d)
//
// The gradient costs one more q k^T than keeping the map would.
//
// Source: Rabe and Staats 2021 (arXiv:2112.05682), sections 2 and 4; the backward pass: Dao et al. 2022
// (arXiv:2205.14135), appendix B.2. Differs: pieces of queries only, each over all keys at once.
#pragma once

#include <ATen/core/Tensor.h>

namespace bgraph {

/// q [B, A, N, d], k and v [B, A, M, d]  ->  [B, A, N, d]; `rows` queries at a time.
at::Tensor attention_in_pieces(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, int64_t rows);

}  // namespace bgraph

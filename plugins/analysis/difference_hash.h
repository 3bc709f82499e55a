// Difference hash: 64 bits that nearly equal images share, whatever their size, brightness or compression.
//
//   grey image averaged to 8 rows x 9 columns; bit (row, col) = cell(row, col) < cell(row, col + 1)
//
// Source: the "dHash" of image search engines (Krawetz 2013).
#pragma once

#include <ATen/core/Tensor.h>

namespace bgraph::analysis {

/// images [N, 3, H, W] in [0, 1]  ->  [N, 64] of 0 and 1, float32.
at::Tensor difference_hash(const at::Tensor& images);

/// Number of different bits of every pair: [N, 64], [T, 64]  ->  [N, T] float32.
at::Tensor hamming_distance(const at::Tensor& a, const at::Tensor& b);

}  // namespace bgraph::analysis

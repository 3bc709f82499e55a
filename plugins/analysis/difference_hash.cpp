#include "difference_hash.h"

namespace bgraph::analysis {

at::Tensor difference_hash(const at::Tensor& images) {
  const at::Tensor cells = at::adaptive_avg_pool2d(images.mean(1, true), {8, 9}).squeeze(1);  // [N, 8, 9]
  return (cells.slice(2, 0, 8) < cells.slice(2, 1, 9)).flatten(1).to(at::kFloat);
}

at::Tensor hamming_distance(const at::Tensor& a, const at::Tensor& b) {
  return a.matmul((1 - b).t()) + (1 - a).matmul(b.t());
}

}  // namespace bgraph::analysis

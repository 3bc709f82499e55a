#include "started_table.h"

#include <bgraph/sdk/contract/error.h>
#include <torch/types.h>

namespace bgraph::decoding {

at::Tensor started_table(const at::Tensor& rows, int64_t width, double scale, Rng& rng) {
  const at::Tensor projected = at::matmul(rows, rng.normal({rows.size(1), width}));
  const at::Tensor rms = projected.square().mean().sqrt();
  if (!(rms.item<double>() > 0)) throw Error("'start' holds nothing but zeros", "give the table of a trained encoder");
  return projected * (scale / rms);
}

}  // namespace bgraph::decoding

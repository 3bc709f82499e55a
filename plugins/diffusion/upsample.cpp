#include "upsample.h"

#include <torch/types.h>

namespace bgraph::diffusion {

at::Tensor doubled(const at::Tensor& x) { return at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)}); }

at::Tensor Upsample::operator()(const at::Tensor& x) const { return (*conv_)(doubled(x)); }

}  // namespace bgraph::diffusion

#include "resize.h"

namespace bgraph::metrics {

at::Tensor resize_bilinear(const at::Tensor& images, Resize to) {
  const int64_t size = to.size;
  if (size == 0 || (images.size(2) == size && images.size(3) == size)) return images;
  return to.antialias ? at::_upsample_bilinear2d_aa(images, {size, size}, false)
                   : at::upsample_bilinear2d(images, {size, size}, false);
}

}  // namespace bgraph::metrics

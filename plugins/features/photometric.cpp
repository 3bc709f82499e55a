#include "photometric.h"

namespace bgraph::features {

at::Tensor photometric_view(const at::Tensor& images, double strength, Rng& rng) {
  const int64_t count = images.size(0);
  const at::Tensor contrast = (0.3 * strength * rng.normal({count, 1, 1, 1})).exp();
  const at::Tensor gain = (0.15 * strength * rng.normal({count, 3, 1, 1})).exp();
  const at::Tensor brightness = 0.1 * strength * rng.normal({count, 1, 1, 1});
  const at::Tensor noise = 0.03 * strength * rng.normal(images.sizes());
  return ((images - 0.5) * (contrast * gain) + (0.5 + brightness) + noise).clamp(0.0, 1.0);  // [B, 3, H, W]
}

}  // namespace bgraph::features

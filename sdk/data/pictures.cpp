#include <bgraph/sdk/data/pictures.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/values/tensor.h>

#include <algorithm>

namespace bgraph {

at::Tensor in_planes(const at::Tensor& pictures) {
  if (pictures.dim() != 4 || (pictures.size(3) != 3 && pictures.size(1) != 3))
    throw ShapeError("pictures are [N, H, W, 3] or [N, 3, H, W], found " + shape_text(pictures));
  const at::Tensor planes = pictures.size(3) == 3 ? pictures.permute({0, 3, 1, 2}) : pictures;
  return at::isFloatingType(planes.scalar_type()) ? planes.to(at::kFloat).mul(255.0).round().clamp(0, 255).to(at::kByte) : planes;
}

at::Tensor central_squares(const at::Tensor& pictures, Resize to) {
  const int64_t height = pictures.size(2), width = pictures.size(3), side = std::min(height, width);
  return resized(pictures.narrow(2, (height - side) / 2, side).narrow(3, (width - side) / 2, side), to);
}

at::Tensor unit_range(const at::Tensor& pixels) {
  return pixels.scalar_type() == at::kByte ? pixels.to(at::kFloat).div_(255.0) : pixels.to(at::kFloat);
}

at::Tensor resized_in_unit_range(const at::Tensor& pixels, Resize to, bool bytes) {
  const at::Tensor pictures = resized(unit_range(pixels), to).clamp(0, 1);
  return bytes ? pictures.mul(255).round().to(at::kByte) : pictures;
}

}  // namespace bgraph

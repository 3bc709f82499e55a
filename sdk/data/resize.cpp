#include <bgraph/sdk/data/resize.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/values/tensor.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace bgraph {

namespace {

/// Index mirrored into [0, n), the edge pixel not repeated.
int64_t mirrored(int64_t index, int64_t n) {
  if (n == 1) return 0;
  const int64_t period = 2 * (n - 1), within = ((index % period) + period) % period;
  return within < n ? within : period - within;
}

/// Rows of a linear map along one axis, [out, in] double: linear interpolation of the smoothed line.
at::Tensor gaussian_map(int64_t in, int64_t out) {
  const double factor = static_cast<double>(in) / static_cast<double>(out), sigma = std::max(0.0, (factor - 1) / 2);
  const auto radius = static_cast<int64_t>(4 * sigma + 0.5);
  std::vector<double> kernel;
  double sum = 0;
  for (int64_t k = -radius; k <= radius; ++k) {
    kernel.push_back(radius == 0 ? 1.0 : std::exp(-0.5 * static_cast<double>(k * k) / (sigma * sigma)));
    sum += kernel.back();
  }
  at::Tensor map = at::zeros({out, in}, at::kDouble);
  auto cells = map.accessor<double, 2>();
  for (int64_t row = 0; row < out; ++row) {
    const double place = (static_cast<double>(row) + 0.5) * factor - 0.5, left = std::floor(place);
    for (const int64_t side : {0, 1}) {
      const double share = side == 1 ? place - left : 1 - (place - left);
      const int64_t centre = mirrored(static_cast<int64_t>(left) + side, in);
      for (int64_t k = -radius; k <= radius; ++k)
        cells[row][mirrored(centre + k, in)] += share * kernel[static_cast<size_t>(k + radius)] / sum;
    }
  }
  return map;
}

/// The share of every input pixel in the stretch that an output pixel covers.
at::Tensor area_map(int64_t in, int64_t out) {
  const double factor = static_cast<double>(in) / static_cast<double>(out);
  at::Tensor map = at::zeros({out, in}, at::kDouble);
  auto cells = map.accessor<double, 2>();
  for (int64_t row = 0; row < out; ++row) {
    const double begin = static_cast<double>(row) * factor, end = begin + factor;
    for (auto k = static_cast<int64_t>(begin); k < in && static_cast<double>(k) < end; ++k)
      cells[row][k] = (std::min(end, static_cast<double>(k + 1)) - std::max(begin, static_cast<double>(k))) / factor;
  }
  return map;
}

at::Tensor mapped(const at::Tensor& images, int64_t size, at::Tensor (*map)(int64_t in, int64_t out)) {
  const at::Tensor rows = map(images.size(2), size), columns = map(images.size(3), size).t();
  std::vector<at::Tensor> done;  // one image at a time: bounds the copy in double
  for (int64_t i = 0; i < images.size(0); ++i)
    done.push_back(at::matmul(rows, at::matmul(images[i].to(at::kDouble), columns)).to(images.scalar_type()));
  return done.empty() ? images.new_empty({0, images.size(1), size, size}) : at::stack(done);
}

}  // namespace

at::Tensor resized(const at::Tensor& images, Resize to) {
  const int64_t size = to.size;
  if (images.dim() != 4) throw ShapeError("images are [N, C, H, W], found " + shape_text(images));
  if (size == 0 || (images.size(2) == size && images.size(3) == size)) return images;
  if (images.scalar_type() == at::kByte) return resized(images.to(at::kFloat), to).round_().clamp_(0, 255).to(at::kByte);
  switch (to.method) {
    case ResizeMethod::bilinear: return at::upsample_bilinear2d(images, {size, size}, false);
    case ResizeMethod::bilinear_antialias: return at::_upsample_bilinear2d_aa(images, {size, size}, false);
    case ResizeMethod::bicubic_antialias: return at::_upsample_bicubic2d_aa(images, {size, size}, false);
    case ResizeMethod::area: return mapped(images.cpu(), size, area_map).to(images.device());
    case ResizeMethod::gaussian: return mapped(images.cpu(), size, gaussian_map).to(images.device());
  }
  return images;
}

ResizeMethod resize_method(const std::string& name) {
  if (name == "bilinear") return ResizeMethod::bilinear;
  if (name == "bilinear_antialias") return ResizeMethod::bilinear_antialias;
  if (name == "bicubic_antialias") return ResizeMethod::bicubic_antialias;
  if (name == "area") return ResizeMethod::area;
  if (name == "gaussian") return ResizeMethod::gaussian;
  throw Error("there is no resizing '" + name + "'",
              "expected bilinear, bilinear_antialias, bicubic_antialias, area or gaussian");
}

}  // namespace bgraph

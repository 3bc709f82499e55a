#include "resample.h"

#include <bgraph/sdk/contract/error.h>

#include <ATen/ops/matmul.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>

namespace bgraph::io {

namespace {

/// Reflection about the centres of the edge pixels: d c b | a b c d | c b a.
int64_t mirrored(int64_t at, int64_t size) {
  if (size == 1) return 0;
  const int64_t period = 2 * (size - 1);
  at = ((at % period) + period) % period;
  return at < size ? at : period - at;
}

struct Rows {
  at::Tensor matrix;
  double* row(int64_t i) { return matrix.data_ptr<double>() + i * matrix.size(1); }
};

Rows blank(int64_t in, int64_t out) { return {at::zeros({out, in}, at::kDouble)}; }

double centre(int64_t i, double scale) { return (static_cast<double>(i) + 0.5) * scale - 0.5; }

at::Tensor area(int64_t in, int64_t out) {
  Rows rows = blank(in, out);
  const double scale = static_cast<double>(in) / static_cast<double>(out);
  for (int64_t i = 0; i < out; ++i) {
    const double begin = static_cast<double>(i) * scale, end = begin + scale;
    for (auto j = static_cast<int64_t>(begin); j < std::min<int64_t>(in, static_cast<int64_t>(std::ceil(end))); ++j)
      rows.row(i)[j] = std::max(0.0, std::min(end, static_cast<double>(j + 1)) - std::max(begin, static_cast<double>(j))) / scale;
  }
  return rows.matrix;
}

at::Tensor bilinear(int64_t in, int64_t out, bool mirror) {
  Rows rows = blank(in, out);
  for (int64_t i = 0; i < out; ++i) {
    double at = centre(i, static_cast<double>(in) / static_cast<double>(out));
    if (!mirror) at = std::clamp(at, 0.0, static_cast<double>(in - 1));
    const auto low = static_cast<int64_t>(std::floor(at));
    const double high_share = at - static_cast<double>(low);
    rows.row(i)[mirrored(low, in)] += 1.0 - high_share;
    rows.row(i)[mirrored(low + 1, in)] += high_share;
  }
  return rows.matrix;
}

at::Tensor antialias(int64_t in, int64_t out) {
  Rows rows = blank(in, out);
  const double scale = static_cast<double>(in) / static_cast<double>(out), width = std::max(1.0, scale);
  for (int64_t i = 0; i < out; ++i) {
    double total = 0;
    for (int64_t j = 0; j < in; ++j) {
      const double share = std::max(0.0, 1.0 - std::abs(static_cast<double>(j) - centre(i, scale)) / width);
      rows.row(i)[j] = share, total += share;
    }
    for (int64_t j = 0; j < in; ++j) rows.row(i)[j] /= total;
  }
  return rows.matrix;
}

at::Tensor skimage(int64_t in, int64_t out) {
  const double sd = std::max(0.0, (static_cast<double>(in) / static_cast<double>(out) - 1.0) / 2.0);
  const at::Tensor interpolate = bilinear(in, out, /*mirror=*/true);
  if (sd == 0) return interpolate;
  const auto reach = static_cast<int64_t>(4.0 * sd + 0.5);
  Rows blur = blank(in, in);
  double total = 0;
  for (int64_t k = -reach; k <= reach; ++k) total += std::exp(-0.5 * static_cast<double>(k * k) / (sd * sd));
  for (int64_t i = 0; i < in; ++i)
    for (int64_t k = -reach; k <= reach; ++k) blur.row(i)[mirrored(i + k, in)] += std::exp(-0.5 * static_cast<double>(k * k) / (sd * sd)) / total;
  return at::matmul(interpolate, blur.matrix);
}

}  // namespace

at::Tensor resampling_matrix(const std::string& filter, int64_t in, int64_t out) {
  if (filter == "area") return area(in, out);
  if (filter == "bilinear") return bilinear(in, out, false);
  if (filter == "antialias") return antialias(in, out);
  if (filter == "skimage") return skimage(in, out);
  throw Error("there is no filter '" + filter + "'", did_you_mean(filter, {"area", "bilinear", "antialias", "skimage"}));
}

at::Tensor resampled(const at::Tensor& images, int64_t size, const std::string& filter) {
  if (images.size(2) == size && images.size(3) == size) return images;
  const at::Tensor down = resampling_matrix(filter, images.size(2), size).to(at::kFloat);         // [size, H]
  const at::Tensor across = resampling_matrix(filter, images.size(3), size).to(at::kFloat).t();  // [W, size]
  return at::matmul(at::matmul(down, images.to(at::kFloat)), across).round_().clamp_(0, 255).to(at::kByte);
}

}  // namespace bgraph::io

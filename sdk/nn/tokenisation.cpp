#include <bgraph/sdk/nn/tokenisation.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/values/tensor.h>

#include <ATen/ops/col2im.h>
#include <ATen/ops/im2col.h>
#include <ATen/ops/ones_like.h>

#include <algorithm>

namespace bgraph {

namespace {

constexpr int64_t kLargestKernel = 4;  // of those tokenisation_between() looks for

bool covers(int64_t side, int64_t kernel, int64_t stride) {
  return side >= kernel && (side - kernel) % stride == 0;
}

std::string text(const MapShape& map) {
  return std::to_string(map.channels) + " x " + std::to_string(map.height) + " x " + std::to_string(map.width);
}

void check_cover(const Tokenisation& how, int64_t height, int64_t width) {
  if (how.stride > how.kernel || !covers(height, how.kernel, how.stride) || !covers(width, how.kernel, how.stride))
    throw ShapeError("patches of " + std::to_string(how.kernel) + " x " + std::to_string(how.kernel) +
                     " at stride " + std::to_string(how.stride) + " do not cover a map of " +
                     std::to_string(height) + " x " + std::to_string(width) + " exactly");
}

at::Tensor folded(const at::Tensor& columns, const Tokenisation& how, const MapShape& shape) {
  return at::col2im(columns, {shape.height, shape.width}, {how.kernel, how.kernel}, {1, 1}, {0, 0},
                    {how.stride, how.stride});
}

}  // namespace

at::Tensor tokens_from_map(const at::Tensor& map, const Tokenisation& how) {
  check_cover(how, map.size(2), map.size(3));
  const at::Tensor columns =
      how.kernel == 1 ? map.flatten(2)
                      : at::im2col(map, {how.kernel, how.kernel}, {1, 1}, {0, 0}, {how.stride, how.stride});
  const at::Tensor tokens = columns.transpose(1, 2);  // [B, P, C * kernel^2]
  return (how.copies == 1 ? tokens : tokens.repeat({1, 1, how.copies})).contiguous();
}

at::Tensor map_from_tokens(const at::Tensor& tokens, const Tokenisation& how, const MapShape& shape) {
  check_cover(how, shape.height, shape.width);
  const int64_t positions = how.positions(shape.height) * how.positions(shape.width);
  const int64_t dim = shape.channels * how.kernel * how.kernel;
  if (tokens.dim() != 3 || tokens.size(1) != positions || tokens.size(2) != dim * how.copies)
    throw ShapeError("tokens are " + shape_text(tokens) + ", a map of " + text(shape) + " needs [B, " +
                     std::to_string(positions) + ", " + std::to_string(dim * how.copies) + "]");
  const at::Tensor once =
      how.copies == 1 ? tokens : tokens.view({tokens.size(0), positions, how.copies, dim}).mean(2);
  const at::Tensor columns = once.transpose(1, 2);  // [B, D, P]
  if (how.kernel == 1) return columns.reshape({tokens.size(0), shape.channels, shape.height, shape.width});
  const at::Tensor sum = folded(columns, how, shape);
  if (how.stride == how.kernel) return sum;  // nothing overlaps
  return sum / folded(at::ones_like(columns.slice(0, 0, 1)), how, shape);
}

Tokenisation tokenisation_between(const MapShape& map, int64_t token_height, int64_t token_width,
                                  int64_t token_dim) {
  const int64_t largest = std::min({kLargestKernel, map.height, map.width});
  for (int64_t kernel = 1; kernel <= largest; ++kernel)
    for (int64_t stride = kernel; stride >= 1; --stride) {
      const Tokenisation how{kernel, stride, token_dim / (map.channels * kernel * kernel)};
      if (covers(map.height, kernel, stride) && covers(map.width, kernel, stride) &&
          how.positions(map.height) == token_height && how.positions(map.width) == token_width &&
          how.copies >= 1 && how.copies * map.channels * kernel * kernel == token_dim)
        return how;
    }
  throw ShapeError("no tokenisation leads from a map of " + text(map) + " to a grid of " +
                   std::to_string(token_height) + " x " + std::to_string(token_width) + " tokens of width " +
                   std::to_string(token_dim));
}

}  // namespace bgraph

#include <bgraph/sdk/nn/attention.h>

#include <bgraph/sdk/contract/error.h>
#include <torch/types.h>

#include <cmath>

namespace bgraph {

namespace {

/// [B, N, D] -> [B, A, N, D / A]
at::Tensor split_heads(const at::Tensor& x, int64_t heads) {
  if (x.size(2) % heads != 0)
    throw ShapeError("attention: width " + std::to_string(x.size(2)) + " does not divide into " +
                     std::to_string(heads) + " heads");
  return x.view({x.size(0), x.size(1), heads, x.size(2) / heads}).transpose(1, 2);
}

}  // namespace

at::Tensor attention_map(const at::Tensor& q, const at::Tensor& k, int64_t heads) {
  const auto queries = split_heads(q.contiguous(), heads);  // [B, A, N, D/A]
  const auto keys = split_heads(k.contiguous(), heads);     // [B, A, M, D/A]
  const double scale = 1.0 / std::sqrt(static_cast<double>(queries.size(3)));
  return at::softmax(at::matmul(queries * scale, keys.transpose(2, 3)), -1);
}

at::Tensor attend(const at::Tensor& map, const at::Tensor& v) {
  const auto read = at::matmul(map, split_heads(v.contiguous(), map.size(1)));  // [B, A, N, D/A]
  return read.transpose(1, 2).reshape({map.size(0), map.size(2), v.size(2)});
}

at::Tensor scaled_dot_product(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, int64_t heads) {
  return attend(attention_map(q, k, heads), v);
}

SelfAttention::SelfAttention(int64_t width, int64_t heads, bool qkv_bias)
    : qkv(register_module("qkv", std::make_shared<Linear>(width, 3 * width, qkv_bias))),
      proj(register_module("proj", std::make_shared<Linear>(width, width))),
      heads_(heads) {}

at::Tensor SelfAttention::operator()(const at::Tensor& x, const ProjectionHook& after_projection) const {
  const auto parts = (*qkv)(x).chunk(3, -1);
  const auto read = scaled_dot_product(parts[0], parts[1], parts[2], heads_);  // [B, N, D]
  const auto output = (*proj)(read);
  return after_projection ? after_projection(read, output) : output;
}

}  // namespace bgraph

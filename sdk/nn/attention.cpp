#include <bgraph/sdk/nn/attention.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/nn/attention_in_pieces.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>

#if __has_include(<ATen/ops/scaled_dot_product_attention.h>)  // LibTorch 2: attention in one fused operator
#define BGRAPH_FUSED_ATTENTION
#include <ATen/ops/scaled_dot_product_attention.h>
#endif

namespace bgraph {

namespace {

[[maybe_unused]] constexpr int64_t kMapNumbers = int64_t{1} << 23;  // of an attention map that exist at once: 32 MB

/// [B, N, D] -> [B, A, N, D / A]
at::Tensor split_heads(const at::Tensor& x, int64_t heads) {
  if (x.size(2) % heads != 0)
    throw ShapeError("attention: width " + std::to_string(x.size(2)) + " does not divide into " +
                     std::to_string(heads) + " heads");
  return x.view({x.size(0), x.size(1), heads, x.size(2) / heads}).transpose(1, 2);
}

/// [B, A, N, D / A] -> [B, N, D]
at::Tensor join_heads(const at::Tensor& x) { return x.transpose(1, 2).flatten(2); }

}  // namespace

at::Tensor attention_map(const at::Tensor& q, const at::Tensor& k, int64_t heads) {
  const auto queries = split_heads(q.contiguous(), heads);  // [B, A, N, D/A]
  const auto keys = split_heads(k.contiguous(), heads);     // [B, A, M, D/A]
  const double scale = 1.0 / std::sqrt(static_cast<double>(queries.size(3)));
  return at::softmax(at::matmul(queries * scale, keys.transpose(2, 3)), -1);
}

at::Tensor attend(const at::Tensor& map, const at::Tensor& v) {
  return join_heads(at::matmul(map, split_heads(v.contiguous(), map.size(1))));
}

at::Tensor scaled_dot_product(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, int64_t heads) {
#ifdef BGRAPH_FUSED_ATTENTION
  return join_heads(at::scaled_dot_product_attention(split_heads(q.contiguous(), heads), split_heads(k.contiguous(), heads),
                                                     split_heads(v.contiguous(), heads)));
#else
  const int64_t per_query = q.size(0) * heads * k.size(1);
  const int64_t rows = std::max<int64_t>(1, kMapNumbers / std::max<int64_t>(1, per_query));
  if (rows >= q.size(1)) return attend(attention_map(q, k, heads), v);
  return join_heads(attention_in_pieces(split_heads(q.contiguous(), heads), split_heads(k.contiguous(), heads),
                                        split_heads(v.contiguous(), heads), rows));
#endif
}

SelfAttention::SelfAttention(int64_t width, int64_t heads, Options options)
    : qkv(std::make_shared<Linear>(width, 3 * width, options.qkv_bias)), heads_(heads), packed_(options.packed) {
  if (packed_) {
    register_parameter("in_proj_weight", qkv->weight);
    if (options.qkv_bias) register_parameter("in_proj_bias", qkv->bias);
  } else {
    register_module("qkv", qkv);
  }
  proj = register_module(packed_ ? "out_proj" : "proj", std::make_shared<Linear>(width, width));
}

void SelfAttention::initialise(Rng& rng) {
  if (packed_) qkv->initialise(rng);
}

at::Tensor SelfAttention::operator()(const at::Tensor& x, const ProjectionHook& after_projection) const {
  const auto parts = (*qkv)(x).chunk(3, -1);
  const auto read = scaled_dot_product(parts[0], parts[1], parts[2], heads_);  // [B, N, D]
  const auto output = (*proj)(read);
  return after_projection ? after_projection(read, output) : output;
}

}  // namespace bgraph

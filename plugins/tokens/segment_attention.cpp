#include "segment_attention.h"

#include <torch/csrc/autograd/custom_function.h>

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace bgraph::tokens {

namespace {

constexpr int64_t kLanes = 16;  // independent partial sums: a fixed order of summation that compilers vectorise

template <class T>
T dot(const T* __restrict x, const T* __restrict y, int64_t n) {
  T lanes[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int64_t l = 0; l < kLanes; ++l) lanes[l] += x[i + l] * y[i + l];
  T sum = 0;
  for (const T lane : lanes) sum += lane;
  for (; i < n; ++i) sum += x[i] * y[i];
  return sum;
}

/// y += scale * x
template <class T>
void add_scaled(T scale, const T* __restrict x, T* __restrict y, int64_t n) {
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int64_t l = 0; l < kLanes; ++l) y[i + l] += scale * x[i + l];
  for (; i < n; ++i) y[i] += scale * x[i];
}

/// What forward and backward both walk over.
struct Walk {
  at::Tensor entry, voxel, offsets;
  int64_t samples, clusters, width;

  const int64_t* begin_of(int64_t c, int64_t b) const { return offsets.data_ptr<int64_t>() + c * samples + b; }

  /// visit(c, b, first, last) for every occupied segment; clusters in parallel.
  template <class Visit>
  void each_segment(const Visit& visit) const {
    at::parallel_for(0, clusters, 1, [&](int64_t low, int64_t high) {
      for (int64_t c = low; c < high; ++c)
        for (int64_t b = 0; b < samples; ++b)
          if (const int64_t* bounds = begin_of(c, b); bounds[0] < bounds[1]) visit(c, b, bounds[0], bounds[1]);
    });
  }
};

/// alpha and the inner products e_j . u_c (both [n]) are kept for the way back.
template <class T>
void forward_kernel(const Walk& walk, const T* betas, const T* table, const T* direction, T* alpha,
                    T* product, T* sums) {
  const int64_t* entry = walk.entry.data_ptr<int64_t>();
  const int64_t* voxel = walk.voxel.data_ptr<int64_t>();
  const int64_t width = walk.width;
  walk.each_segment([&](int64_t c, int64_t b, int64_t first, int64_t last) {
    T largest = -std::numeric_limits<T>::infinity();
    for (int64_t j = first; j < last; ++j) {
      product[j] = dot(table + voxel[j] * width, direction + c * width, width);
      alpha[j] = betas[entry[j]] * product[j];
      largest = std::max(largest, alpha[j]);
    }
    T total = 0;
    for (int64_t j = first; j < last; ++j) total += alpha[j] = std::exp(alpha[j] - largest);
    T* sum = sums + (b * walk.clusters + c) * width;
    for (int64_t j = first; j < last; ++j) {
      alpha[j] /= total;
      add_scaled(alpha[j] * betas[entry[j]], table + voxel[j] * width, sum, width);
    }
  });
}

/// With t_j = e_j . ds:  d score_j = alpha_j (a_j t_j - s . ds),
///   d e_j = alpha_j a_j ds + d score_j a_j u,  d u = sum_j d score_j a_j e_j,
///   d a_j = alpha_j t_j + d score_j (e_j . u).
template <class T>
void backward_kernel(const Walk& walk, const T* betas, const T* table, const T* direction, const T* alpha,
                     const T* product, const T* sums, const T* d_sums, T* d_betas, T* d_table, T* d_direction) {
  const int64_t* entry = walk.entry.data_ptr<int64_t>();
  const int64_t* voxel = walk.voxel.data_ptr<int64_t>();
  const int64_t width = walk.width;
  walk.each_segment([&](int64_t c, int64_t b, int64_t first, int64_t last) {
    const int64_t at = (b * walk.clusters + c) * width;
    const T mean = dot(sums + at, d_sums + at, width);
    for (int64_t j = first; j < last; ++j) {
      const T beta = betas[entry[j]];
      const T* row = table + voxel[j] * width;
      const T along = dot(row, d_sums + at, width);
      const T d_score = alpha[j] * (beta * along - mean);
      add_scaled(alpha[j] * beta, d_sums + at, d_table + voxel[j] * width, width);
      add_scaled(d_score * beta, direction + c * width, d_table + voxel[j] * width, width);
      add_scaled(d_score * beta, row, d_direction + c * width, width);
      d_betas[entry[j]] = alpha[j] * along + d_score * product[j];
    }
  });
}

class SegmentAttention : public torch::autograd::Function<SegmentAttention> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* ctx, const at::Tensor& betas,
                            const at::Tensor& table, const at::Tensor& direction, const at::Tensor& entry,
                            const at::Tensor& voxel, const at::Tensor& offsets, int64_t samples) {
    const Walk walk{entry, voxel, offsets, samples, direction.size(0), table.size(1)};
    const at::Tensor alpha = at::empty({entry.numel()}, table.options());
    const at::Tensor product = at::empty_like(alpha);
    const at::Tensor sums = at::zeros({samples, walk.clusters, walk.width}, table.options());  // [B, K, D]
    AT_DISPATCH_FLOATING_TYPES(table.scalar_type(), "segment_attention", [&] {
      forward_kernel(walk, betas.data_ptr<scalar_t>(), table.data_ptr<scalar_t>(),
                     direction.data_ptr<scalar_t>(), alpha.data_ptr<scalar_t>(), product.data_ptr<scalar_t>(),
                     sums.data_ptr<scalar_t>());
    });
    ctx->save_for_backward({betas, table, direction, entry, voxel, offsets, alpha, product, sums});
    return sums;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = ctx->get_saved_variables();
    const at::Tensor &betas = saved[0], &table = saved[1], &direction = saved[2];
    const at::Tensor &alpha = saved[6], &product = saved[7], &sums = saved[8];
    const at::Tensor d_sums = gradients[0].contiguous();  // [B, K, D]
    const Walk walk{saved[3], saved[4], saved[5], sums.size(0), sums.size(1), sums.size(2)};
    const at::Tensor d_betas = at::zeros_like(betas);          // [M]
    const at::Tensor d_table = at::zeros_like(table);          // [V, D]
    const at::Tensor d_direction = at::zeros_like(direction);  // [K, D]
    AT_DISPATCH_FLOATING_TYPES(table.scalar_type(), "segment_attention_backward", [&] {
      backward_kernel(walk, betas.data_ptr<scalar_t>(), table.data_ptr<scalar_t>(),
                      direction.data_ptr<scalar_t>(), alpha.data_ptr<scalar_t>(), product.data_ptr<scalar_t>(),
                      sums.data_ptr<scalar_t>(), d_sums.data_ptr<scalar_t>(), d_betas.data_ptr<scalar_t>(),
                      d_table.data_ptr<scalar_t>(), d_direction.data_ptr<scalar_t>());
    });
    return {d_betas, d_table, d_direction, {}, {}, {}, {}};
  }
};

}  // namespace

at::Tensor segment_attention(const at::Tensor& betas, const at::Tensor& voxel_embedding,
                             const at::Tensor& direction, const VoxelSegments& segments) {
  return SegmentAttention::apply(betas.to(voxel_embedding.scalar_type()).contiguous(),
                                 voxel_embedding.contiguous(), direction.contiguous(), segments.entry,
                                 segments.voxel, segments.offsets, segments.samples);
}

}  // namespace bgraph::tokens

#include <bgraph/sdk/nn/attention_in_pieces.h>

#include <torch/csrc/autograd/custom_function.h>
#include <torch/types.h>

#include <cmath>

namespace bgraph {

namespace {

double scale_of(const at::Tensor& q) { return 1.0 / std::sqrt(static_cast<double>(q.size(3))); }

/// q [B, A, n, d], k [B, A, M, d]  ->  [B, A, n, M]
at::Tensor map_of(const at::Tensor& q, const at::Tensor& k) {
  return at::softmax(at::matmul(q * scale_of(q), k.transpose(2, 3)), -1);
}

class Pieces : public torch::autograd::Function<Pieces> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* ctx, const at::Tensor& q, const at::Tensor& k,
                            const at::Tensor& v, int64_t rows) {
    ctx->save_for_backward({q, k, v});
    ctx->saved_data["rows"] = rows;
    std::vector<at::Tensor> read;
    for (const auto& some : q.split(rows, 2)) read.push_back(at::matmul(map_of(some, k), v));
    return at::cat(read, 2);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = ctx->get_saved_variables();
    const auto &q = saved[0], &k = saved[1], &v = saved[2];
    const int64_t rows = ctx->saved_data["rows"].toInt();
    std::vector<at::Tensor> for_q;
    auto for_k = at::zeros_like(k), for_v = at::zeros_like(v);
    const auto asked = gradients[0].split(rows, 2), queries = q.split(rows, 2);
    for (size_t i = 0; i < queries.size(); ++i) {
      const auto map = map_of(queries[i], k);                                        // [B, A, n, M]
      for_v.add_(at::matmul(map.transpose(2, 3), asked[i]));
      const auto for_map = at::matmul(asked[i], v.transpose(2, 3));                  // [B, A, n, M]
      const auto mean = (for_map * map).sum(-1, /*keepdim=*/true);
      const auto for_score = map * (for_map - mean) * scale_of(q);
      for_q.push_back(at::matmul(for_score, k));
      for_k.add_(at::matmul(for_score.transpose(2, 3), queries[i]));
    }
    return {at::cat(for_q, 2), for_k, for_v, at::Tensor()};
  }
};

}  // namespace

at::Tensor attention_in_pieces(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, int64_t rows) {
  return Pieces::apply(q, k, v, rows);
}

}  // namespace bgraph

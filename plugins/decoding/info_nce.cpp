#include "info_nce.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/values/tensor.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/types.h>

#include <limits>

namespace bgraph::decoding {

namespace {

/// visit(begin, logits [rows, N]) for every block of rows.
template <class Visit>
void each_block(const at::Tensor& predicted, const at::Tensor& target, int64_t block, const Visit& visit) {
  for (int64_t begin = 0; begin < predicted.size(0); begin += block)
    visit(begin, at::matmul(predicted.slice(0, begin, begin + block), target.t()));
}

class InfoNce : public torch::autograd::Function<InfoNce> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* ctx, const at::Tensor& predicted,
                            const at::Tensor& target, int64_t block) {
    const int64_t count = predicted.size(0);
    const at::Tensor row_total = at::empty({count}, predicted.options());  // log-sum-exp over targets
    at::Tensor column_total =                                              // and over predictions, streaming
        at::full({count}, -std::numeric_limits<double>::infinity(), predicted.options());
    each_block(predicted, target, block, [&](int64_t begin, const at::Tensor& logits) {
      row_total.slice(0, begin, begin + block).copy_(at::logsumexp(logits, 1));
      column_total = at::logaddexp(column_total, at::logsumexp(logits, 0));
    });
    ctx->saved_data["block"] = block;
    ctx->save_for_backward({predicted, target, row_total, column_total});
    return ((row_total + column_total) / 2 - (predicted * target).sum(1)).mean();
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = ctx->get_saved_variables();
    const at::Tensor &predicted = saved[0], &target = saved[1];
    const int64_t block = ctx->saved_data["block"].toInt();
    const at::Tensor each = gradients[0] / static_cast<double>(predicted.size(0));  // d loss of one token
    const at::Tensor d_predicted = target * -each;
    at::Tensor d_target;
    if (ctx->needs_input_grad(1)) d_target = predicted * -each;
    each_block(predicted, target, block, [&](int64_t begin, const at::Tensor& logits) {
      const at::Tensor rows = saved[2].slice(0, begin, begin + block).unsqueeze(1);
      const at::Tensor share = at::exp(logits - rows).add_(at::exp(logits - saved[3])).mul_(each / 2);  // [rows, N]
      d_predicted.slice(0, begin, begin + block).addmm_(share, target);
      if (d_target.defined()) d_target.addmm_(share.t(), predicted.slice(0, begin, begin + block));
    });
    return {d_predicted, d_target, at::Tensor()};
  }
};

}  // namespace

at::Tensor info_nce(const at::Tensor& predicted, const at::Tensor& target, int64_t block) {
  if (predicted.dim() != 2 || predicted.sizes() != target.sizes())
    throw ShapeError("InfoNCE of " + shape_text(predicted) + " predicted and " + shape_text(target) +
                     " true tokens, expected [N, D] twice");
  return InfoNce::apply(predicted, target, block);
}

}  // namespace bgraph::decoding

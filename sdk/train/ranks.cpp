#include <bgraph/sdk/train/ranks.h>

#include <bgraph/sdk/context.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/train/collectives.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/types.h>

#include <algorithm>

namespace bgraph {

namespace {

class GatherRows : public torch::autograd::Function<GatherRows> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* ctx, const at::Tensor& rows, int64_t begin,
                            int64_t total, int64_t group) {
    auto shape = rows.sizes().vec();
    shape[0] = total;
    at::Tensor all = at::zeros(shape, rows.options());
    all.narrow(0, begin, rows.size(0)).copy_(rows);
    reinterpret_cast<Collectives*>(group)->sum(all);  // each row once, elsewhere zero: shares need not be equal
    ctx->saved_data["begin"] = begin;
    ctx->saved_data["count"] = rows.size(0);
    ctx->saved_data["group"] = group;
    return all;
  }

  /// A row gets the gradient of every rank's loss.
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                 torch::autograd::variable_list gradients) {
    const at::Tensor all = gradients[0].clone(at::MemoryFormat::Contiguous);
    reinterpret_cast<Collectives*>(ctx->saved_data["group"].toInt())->sum(all);
    return {all.narrow(0, ctx->saved_data["begin"].toInt(), ctx->saved_data["count"].toInt()), {}, {}, {}};
  }
};

}  // namespace

HasRanks::~HasRanks() = default;

Ranks::Ranks() = default;

Ranks::Ranks(const RankPlace& place, const at::Device& device) : rank_(place.rank), size_(place.size), device_(device) {
  if (size_ == 1) return;
  const Meeting meeting(place);
  rows_ = meeting.group("rows", device);
  gradients_ = meeting.group("gradients", device);
}

Ranks::~Ranks() = default;

RowShare Ranks::share(int64_t rows) const {
  if (rows < size_) return {0, rows, rows, 1};
  used_ = true;
  const int64_t begin = rows * rank_ / size_, end = rows * (rank_ + 1) / size_;
  return {begin, end - begin, rows, size_};
}

at::Tensor Ranks::gather(const at::Tensor& own, const RowShare& mine) const {
  if (mine.whole()) return own;
  return GatherRows::apply(own, mine.begin, mine.total, reinterpret_cast<int64_t>(rows_.get()));
}

double Ranks::mean(double value) const {
  if (size_ == 1) return value;
  const at::Tensor sum = at::full({1}, value, at::TensorOptions(at::kDouble).device(device_));
  rows_->sum(sum);
  return sum.item<double>() / size_;
}

double Ranks::of_first(double value) const {
  if (size_ == 1) return value;
  at::Tensor said = at::full({1}, value, at::TensorOptions(at::kDouble).device(device_));
  rows_->broadcast(said);
  return said.item<double>();
}

void Ranks::of_first(at::Tensor& tensor) const {
  if (size_ > 1) rows_->broadcast(tensor);
}

const Ranks& ranks_of(const Context& ctx) {
  static const Ranks alone;
  const auto* host = dynamic_cast<const HasRanks*>(&ctx);
  return host ? host->ranks() : alone;
}

}  // namespace bgraph

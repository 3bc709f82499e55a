#include "lloyd.h"

#include <bgraph/sdk/contract/error.h>
#include <torch/types.h>

namespace bgraph::clusters {

namespace {

constexpr int64_t kBlock = 2048;

struct Nearest {
  at::Tensor label;     // [N]
  at::Tensor distance;  // [N], squared
};

Nearest nearest(const at::Tensor& rows, const at::Tensor& centres) {
  const auto norms = centres.square().sum(1);  // [K]
  const auto towards = centres.t();
  std::vector<at::Tensor> labels, distances;
  for (const auto& block : rows.split(kBlock)) {
    const auto [least, label] = at::addmm(norms, block, towards, 1.0, -2.0).min(1);  // less |x|^2
    labels.push_back(label);
    distances.push_back((least + block.square().sum(1)).clamp_min_(0.0));
  }
  return {at::cat(labels), at::cat(distances)};
}

}  // namespace

at::Tensor spread_centres(const at::Tensor& rows, int64_t clusters, Rng rng) {
  const int64_t N = rows.size(0);
  std::vector<at::Tensor> centres = {rows[rng.integer(N)]};
  auto distance = (rows - centres.back()).square().sum(1);
  while (static_cast<int64_t>(centres.size()) < clusters) {
    const auto cumulative = distance.cumsum(0);
    const double total = cumulative[N - 1].item<double>();
    if (!(total > 0.0))
      throw Error("there are only " + std::to_string(centres.size()) + " different rows for " +
                  std::to_string(clusters) + " clusters", "ask for fewer clusters");
    const auto draw = at::full({1}, rng.uniform() * total, cumulative.options());
    const auto row = at::searchsorted(cumulative, draw, false, /*right=*/true).clamp_max(N - 1).item<int64_t>();
    centres.push_back(rows[row]);
    distance = at::minimum(distance, (rows - centres.back()).square().sum(1));
  }
  return at::stack(centres);
}

KMeans lloyd(const at::Tensor& rows, at::Tensor centres, int64_t iterations) {
  const int64_t K = centres.size(0);
  auto at_most = nearest(rows, centres);
  for (int64_t i = 0; i < iterations; ++i) {
    const auto count = at::bincount(at_most.label, {}, K).to(rows.dtype());
    centres = at::zeros_like(centres).index_add_(0, at_most.label, rows) / count.clamp_min(1.0).unsqueeze(1);
    const auto empty = count.eq(0.0).nonzero().flatten();
    if (empty.numel() > 0) {
      const auto far = std::get<1>(at_most.distance.topk(empty.numel()));
      centres.index_copy_(0, empty, rows.index_select(0, far));
    }
    auto next = nearest(rows, centres);
    const bool settled = next.label.equal(at_most.label);
    at_most = std::move(next);
    if (settled) break;
  }
  return {centres, at_most.label, at_most.distance.sum().item<double>()};
}

}  // namespace bgraph::clusters

#include "response_tests.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/data/correlation.h>
#include <bgraph/sdk/values/tensor.h>

#include <boost/math/distributions/students_t.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace bgraph::metrics {

namespace {

/// Columns with mean 0 and norm 1; a constant column is 0.
at::Tensor unit_columns(const at::Tensor& values) {
  const at::Tensor centred = values.to(at::kDouble) - values.to(at::kDouble).mean(0, true);
  const at::Tensor norm = centred.square().sum(0, true).sqrt();
  return at::where(norm > 0, centred / norm, at::zeros({}, at::kDouble));
}

/// Ranks from 0, ties get their mean.
at::Tensor ranks(const at::Tensor& values) {
  const at::Tensor line = values.to(at::kDouble).contiguous();
  const double* x = line.data_ptr<double>();
  std::vector<int64_t> order(static_cast<size_t>(line.numel()));
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return x[a] < x[b]; });
  at::Tensor found = at::empty_like(line);
  double* out = found.data_ptr<double>();
  for (size_t from = 0; from < order.size();) {
    size_t to = from;
    while (to < order.size() && x[order[to]] == x[order[from]]) ++to;
    for (size_t i = from; i < to; ++i) out[order[i]] = 0.5 * static_cast<double>(from + to - 1);
    from = to;
  }
  return found;
}

/// Ranks of the upper triangle, centred and of norm 1, as a symmetric matrix with a diagonal of 0.
at::Tensor rank_matrix(const at::Tensor& matrix) {
  const int64_t n = matrix.size(0);
  const at::Tensor upper = at::ones({n, n}, at::kBool).triu(1);
  const at::Tensor line = unit_columns(ranks(matrix.masked_select(upper)).unsqueeze(1)).flatten();
  const at::Tensor filled = at::zeros({n, n}, at::kDouble).masked_scatter(upper, line);
  return filled + filled.t();
}

}  // namespace

at::Tensor permutation_p(const at::Tensor& predicted, const at::Tensor& measured, int64_t permutations, Rng rng) {
  const at::Tensor x = unit_columns(predicted), y = unit_columns(measured);
  const at::Tensor r = (x * y).sum(0);
  at::Tensor reached = at::ones_like(r);  // the pairing as it is counts as one
  for (int64_t k = 0; k < permutations; ++k)
    reached += ((x.index_select(0, rng.permutation(x.size(0))) * y).sum(0) >= r).to(at::kDouble);
  return reached / static_cast<double>(permutations + 1);
}

at::Tensor white_noise_p(const at::Tensor& correlation, int64_t length) {
  const boost::math::students_t t(static_cast<double>(length - 2));
  at::Tensor p = correlation.to(at::kDouble).clone().contiguous();
  double* values = p.data_ptr<double>();
  for (int64_t i = 0; i < p.numel(); ++i) {
    const double r = values[i];
    if (std::isnan(r)) continue;
    if (std::abs(r) >= 1) values[i] = r > 0 ? 0 : 1;
    else values[i] = boost::math::cdf(boost::math::complement(t, r * std::sqrt(static_cast<double>(length - 2) / (1 - r * r))));
  }
  return p;
}

at::Tensor false_discovery_rate(const at::Tensor& p) {
  const auto [sorted, order] = p.to(at::kDouble).sort(0, /*descending=*/true);
  const int64_t m = p.size(0);
  const at::Tensor share = sorted * static_cast<double>(m) / at::arange(m, 0, -1, at::kDouble);
  return at::empty_like(sorted).index_copy_(0, order, std::get<0>(share.cummin(0)).clamp_max(1));
}

at::Tensor dissimilarity(const at::Tensor& patterns) { return 1.0 - correlation_matrix(patterns, patterns); }

Similarity compare_dissimilarity(const at::Tensor& a, const at::Tensor& b, int64_t permutations, Rng rng) {
  const int64_t n = a.size(0);
  if (n < 3 || b.size(0) != n) throw ShapeError("dissimilarities of " + shape_text(a) + " and " + shape_text(b) + " cannot be compared");
  const at::Tensor x = rank_matrix(a), y = rank_matrix(b);
  const double found = (x * y).sum().item<double>() / 2;  // both triangles hold the same pairs
  int64_t reached = 1;
  for (int64_t k = 0; k < permutations; ++k) {
    const at::Tensor order = rng.permutation(n);
    reached += (x.index_select(0, order).index_select(1, order) * y).sum().item<double>() / 2 >= found;
  }
  return {found, static_cast<double>(reached) / static_cast<double>(permutations + 1)};
}

}  // namespace bgraph::metrics

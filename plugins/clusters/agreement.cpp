#include "agreement.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>

namespace bgraph::clusters {

namespace {

/// Counts [classes of a, classes of b].
at::Tensor contingency(const at::Tensor& a, const at::Tensor& b, int64_t a_classes, int64_t b_classes) {
  return at::bincount(a * b_classes + b, {}, a_classes * b_classes).view({a_classes, b_classes}).to(at::kDouble);
}

double entropy(const at::Tensor& counts) {
  const auto share = counts / counts.sum();
  return -at::xlogy(share, share).sum().item<double>();
}

double log_factorial(double n) { return std::lgamma(n + 1.0); }

/// E[I] when both partitions keep their sizes and are drawn at random: n_ij is hypergeometric.
double expected_information(const at::Tensor& a_sizes, const at::Tensor& b_sizes) {
  const double n = a_sizes.sum().item<double>();
  double expected = 0.0;
  for (int64_t i = 0; i < a_sizes.numel(); ++i)
    for (int64_t j = 0; j < b_sizes.numel(); ++j) {
      const double a = a_sizes[i].item<double>(), b = b_sizes[j].item<double>();
      const double fixed = log_factorial(a) + log_factorial(b) + log_factorial(n - a) + log_factorial(n - b) -
                           log_factorial(n);
      for (double both = std::max(1.0, a + b - n); both <= std::min(a, b); ++both) {
        const double log_chance = fixed - log_factorial(both) - log_factorial(a - both) - log_factorial(b - both) -
                                  log_factorial(n - a - b + both);
        expected += both / n * std::log(n * both / (a * b)) * std::exp(log_chance);
      }
    }
  return expected;
}

}  // namespace

double adjusted_mutual_information(const at::Tensor& a, const at::Tensor& b) {
  const auto table = contingency(a, b, a.max().item<int64_t>() + 1, b.max().item<int64_t>() + 1);
  const auto a_sizes = table.sum(1), b_sizes = table.sum(0);
  const double a_entropy = entropy(a_sizes), b_entropy = entropy(b_sizes);
  const double information = a_entropy + b_entropy - entropy(table);
  if (a_entropy == 0.0 && b_entropy == 0.0) return 1.0;
  const double by_chance = expected_information(a_sizes.masked_select(a_sizes.gt(0)), b_sizes.masked_select(b_sizes.gt(0)));
  return (information - by_chance) / ((a_entropy + b_entropy) / 2.0 - by_chance);
}

at::Tensor subject_entropy(const at::Tensor& cluster, const at::Tensor& subject, int64_t subjects) {
  const auto table = contingency(cluster, subject, cluster.max().item<int64_t>() + 1, subjects);
  const auto size = table.sum(1, true);
  const auto share = table / size;
  const auto entropies = -at::xlogy(share, share).sum(1) / std::log(static_cast<double>(subjects));
  return entropies.masked_select(size.squeeze(1).gt(0));
}

}  // namespace bgraph::clusters

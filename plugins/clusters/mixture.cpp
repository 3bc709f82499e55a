#include "mixture.h"

#include <bgraph/sdk/contract/error.h>
#include <torch/types.h>

#include <cmath>
#include <limits>
#include <numbers>

namespace bgraph::clusters {

namespace {

constexpr int64_t kBlock = 1024;  // rows: a block and its posteriors stay in the L2 cache

/// What the density needs of a mixture, computed once per iteration.
class Density {
 public:
  explicit Density(const Mixture& mixture) : kind_(mixture.kind) {
    const auto constant = mixture.weights.log() - 0.5 * static_cast<double>(mixture.means.size(1)) *
                                                      std::log(2.0 * std::numbers::pi);
    if (kind_ == Covariance::diagonal) {
      precision_ = mixture.covariances.reciprocal();                  // [K, D]
      linear_ = (mixture.means * precision_).t().contiguous();        // [D, K]
      square_ = precision_.t().contiguous();                          // [D, K]
      constant_ = constant + 0.5 * precision_.log().sum(1) - 0.5 * (mixture.means.square() * precision_).sum(1);
      return;
    }
    const auto [factor, failed] = at::linalg_cholesky_ex(mixture.covariances);  // C = L L^T
    if (failed.any().item<bool>())
      throw Error("a cluster's covariance is not positive definite", "use fewer clusters or covariance = \"diag\"");
    const int64_t K = factor.size(0), D = factor.size(1);
    const auto identity = at::eye(D, factor.options()).expand({K, D, D});
    const auto inverse = at::linalg_solve_triangular(factor, identity, /*upper=*/false);  // L^-1
    precision_ = inverse.transpose(1, 2).contiguous();                                    // [K, D, D]
    linear_ = at::matmul(mixture.means.unsqueeze(1), precision_);                         // [K, 1, D]
    constant_ = constant + at::diagonal(inverse, 0, 1, 2).log().sum(1);
  }

  /// rows [b, D]  ->  [b, K]
  at::Tensor operator()(const at::Tensor& rows) const {
    if (kind_ == Covariance::diagonal)
      return at::addmm(constant_, rows, linear_).addmm_(rows.square(), square_, 1.0, -0.5);
    const auto whitened = at::matmul(rows.unsqueeze(0), precision_).sub_(linear_);  // [K, b, D]
    return at::sub(constant_, whitened.square_().sum(2).t(), 0.5);
  }

 private:
  Covariance kind_;
  at::Tensor precision_, linear_, square_, constant_;
};

/// The sums of the M step.
class Moments {
 public:
  Moments(int64_t clusters, int64_t width, Covariance kind) : kind_(kind) {
    const auto type = at::TensorOptions().dtype(at::kDouble);
    count_ = at::zeros({clusters}, type);
    first_ = at::zeros({clusters, width}, type);
    second_ = kind == Covariance::full ? at::zeros({clusters, width, width}, type)
                                       : at::zeros({clusters, width}, type);
  }

  /// rows [b, D], posterior [b, K]
  void add(const at::Tensor& rows, const at::Tensor& posterior) {
    const auto by_cluster = posterior.t().contiguous();  // [K, b]
    count_.add_(by_cluster.sum(1));
    first_.addmm_(by_cluster, rows);
    if (kind_ == Covariance::diagonal) {
      second_.addmm_(by_cluster, rows.square());
      return;
    }
    const auto weighted = by_cluster.unsqueeze(2) * rows;                        // [K, b, D]
    const auto b = rows.unsqueeze(0).expand({by_cluster.size(0), -1, -1});
    second_.baddbmm_(weighted.transpose(1, 2), b);
  }

  Mixture mixture(double ridge) const {
    // As scikit-learn: a component that lost all its rows stays finite.
    const auto count = count_ + 10.0 * std::numeric_limits<double>::epsilon();
    Mixture made{.kind = kind_, .weights = count / count.sum(), .means = first_ / count.unsqueeze(1)};
    if (kind_ == Covariance::diagonal) {
      made.covariances = (second_ / count.unsqueeze(1) - made.means.square()).clamp_min_(0.0).add_(ridge);
    } else {
      made.covariances = second_ / count.view({-1, 1, 1}) - made.means.unsqueeze(2) * made.means.unsqueeze(1);
      at::diagonal(made.covariances, 0, 1, 2).add_(ridge);
    }
    return made;
  }

 private:
  Covariance kind_;
  at::Tensor count_, first_, second_;
};

}  // namespace

MixtureFit fit_mixture(const at::Tensor& rows, Mixture start, const MixtureOptions& options) {
  MixtureFit fit{.mixture = std::move(start)};
  const int64_t N = rows.size(0), K = fit.mixture.means.size(0);
  double previous = -std::numeric_limits<double>::infinity();
  for (int64_t i = 0; i < options.iterations && !fit.converged; ++i) {
    const Density density(fit.mixture);
    Moments moments(K, rows.size(1), fit.mixture.kind);
    double sum = 0.0;
    for (const auto& block : rows.split(kBlock)) {
      auto joint = density(block);                                // [b, K]
      const auto evidence = at::logsumexp(joint, 1, true);        // [b, 1]
      sum += evidence.sum().item<double>();
      moments.add(block, joint.sub_(evidence).exp_());
    }
    fit.mixture = moments.mixture(options.ridge);
    fit.bounds.push_back(sum / static_cast<double>(N));
    fit.converged = std::abs(fit.bounds.back() - previous) < options.tolerance;
    previous = fit.bounds.back();
  }
  return fit;
}

Mixture mixture_of_labels(const at::Tensor& rows, const at::Tensor& labels, int64_t clusters, Covariance kind,
                          double ridge) {
  Moments moments(clusters, rows.size(1), kind);
  const auto all_rows = rows.split(kBlock);
  const auto all_labels = labels.split(kBlock);
  for (size_t i = 0; i < all_rows.size(); ++i)
    moments.add(all_rows[i], at::one_hot(all_labels[i], clusters).to(at::kDouble));
  return moments.mixture(ridge);
}

Assignment assign(const Mixture& mixture, const at::Tensor& rows) {
  const Density density(mixture);
  std::vector<at::Tensor> labels, likelihoods;
  for (const auto& block : rows.split(kBlock)) {
    const auto joint = density(block);
    labels.push_back(joint.argmax(1));
    likelihoods.push_back(at::logsumexp(joint, 1));
  }
  return {at::cat(labels), at::cat(likelihoods)};
}

at::Tensor joint_log_density(const Mixture& mixture, const at::Tensor& rows) { return Density(mixture)(rows); }

}  // namespace bgraph::clusters

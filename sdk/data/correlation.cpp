#include <bgraph/sdk/data/correlation.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/values/tensor.h>

namespace bgraph {

namespace {

/// Columns worked on at a time: bounds the float64 copy (AlexNet's second layer has 140 000 per image).
constexpr int64_t kColumns = 65536;

struct Rows {
  at::Tensor values;  // [N, F]
  at::Tensor mean;    // [N, 1] float64
  at::Tensor norm;    // [N] float64, of the centred row; 0 for a constant one

  at::Tensor centred(int64_t from, int64_t to) const {
    return values.slice(1, from, to).to(at::kDouble) - mean;
  }
};

Rows prepare(const at::Tensor& table) {
  Rows rows{.values = table.flatten(1)};
  rows.mean = rows.values.mean(1, true, at::kDouble);
  const int64_t features = rows.values.size(1);
  at::Tensor squares = at::zeros({table.size(0)}, at::kDouble), peak = squares.clone();
  for (int64_t from = 0; from < features; from += kColumns) {
    const at::Tensor block = rows.centred(from, std::min(features, from + kColumns));
    squares += block.square().sum(1);
    peak = at::maximum(peak, block.abs().amax(1));
  }
  // What rounding of the mean leaves of a constant row is not a signal.
  const at::Tensor constant = peak <= rows.mean.flatten().abs() * 1e-13;
  rows.norm = squares.sqrt().masked_fill(constant, 0.0);
  return rows;
}

at::Tensor over_norms(const at::Tensor& covariance, const at::Tensor& norms) {
  return at::where(norms > 0, covariance / norms, at::zeros({}, at::kDouble));
}

void check(const at::Tensor& a, const at::Tensor& b) {
  if (a.dim() < 2 || b.dim() < 2 || a.flatten(1).size(1) != b.flatten(1).size(1))
    throw ShapeError("rows of " + shape_text(a) + " cannot be correlated with rows of " + shape_text(b));
}

}  // namespace

at::Tensor paired_correlation(const at::Tensor& a, const at::Tensor& b) {
  check(a, b);
  if (a.size(0) != b.size(0))
    throw ShapeError("pairs need as many rows on both sides, found " + shape_text(a) + " and " + shape_text(b));
  const Rows x = prepare(a), y = prepare(b);
  const int64_t features = x.values.size(1);
  at::Tensor covariance = at::zeros({a.size(0)}, at::kDouble);
  for (int64_t from = 0; from < features; from += kColumns) {
    const int64_t to = std::min(features, from + kColumns);
    covariance += (x.centred(from, to) * y.centred(from, to)).sum(1);
  }
  return over_norms(covariance, x.norm * y.norm);
}

at::Tensor correlation_matrix(const at::Tensor& real, const at::Tensor& recon) {
  check(real, recon);
  const Rows x = prepare(real), y = prepare(recon);
  const int64_t features = x.values.size(1);
  at::Tensor covariance = at::zeros({real.size(0), recon.size(0)}, at::kDouble);
  for (int64_t from = 0; from < features; from += kColumns) {
    const int64_t to = std::min(features, from + kColumns);
    covariance.addmm_(x.centred(from, to), y.centred(from, to).t());
  }
  return over_norms(covariance, x.norm.unsqueeze(1) * y.norm.unsqueeze(0));
}

at::Tensor correlation_distance(const at::Tensor& a, const at::Tensor& b) {
  return 1.0 - paired_correlation(a, b);
}

}  // namespace bgraph

#include <bgraph/sdk/data/correlation.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/values/tensor.h>

namespace bgraph {

/// Rows with what centring and scaling them takes.
struct CorrelationWith::Rows {
  at::Tensor values;  // [N, F]
  at::Tensor mean;    // [N, 1] float64
  at::Tensor norm;    // [N] float64, of the centred row; 0 for a constant one

  at::Tensor centred(int64_t from, int64_t to) const {
    return values.slice(1, from, to).to(at::kDouble) - mean;
  }
};

namespace {

using Rows = CorrelationWith::Rows;

/// Columns worked on at a time: bounds the float64 copies to 32 MB each.
int64_t columns_at_once(int64_t rows) { return std::max<int64_t>(1024, (int64_t{1} << 22) / std::max<int64_t>(rows, 1)); }

Rows prepare(const at::Tensor& table, bool centre = true) {
  Rows rows{.values = table.flatten(1)};
  const int64_t features = rows.values.size(1), step = columns_at_once(table.size(0));
  rows.mean = at::zeros({table.size(0), 1}, table.options().dtype(at::kDouble));
  for (int64_t from = 0; centre && from < features; from += step)
    rows.mean += rows.values.slice(1, from, std::min(features, from + step)).to(at::kDouble).sum(1, true);
  rows.mean /= static_cast<double>(features);
  at::Tensor squares = at::zeros({table.size(0)}, table.options().dtype(at::kDouble)), peak = squares.clone();
  for (int64_t from = 0; from < features; from += step) {
    const at::Tensor block = rows.centred(from, std::min(features, from + step));
    squares += block.square().sum(1);
    peak = at::maximum(peak, block.abs().amax(1));
  }
  // What rounding of the mean leaves of a constant row is not a signal.
  const at::Tensor constant = peak <= rows.mean.flatten().abs() * 1e-13;
  rows.norm = squares.sqrt().masked_fill(constant, 0.0);
  return rows;
}

at::Tensor over_norms(const at::Tensor& covariance, const at::Tensor& norms) {
  return at::where(norms > 0, covariance / norms, at::zeros({}, norms.options()));
}

/// Inner products of all pairs of rows over their norms.
at::Tensor products(const Rows& x, const Rows& y) {
  const int64_t features = x.values.size(1), step = columns_at_once(x.values.size(0));
  at::Tensor sums = at::zeros({x.values.size(0), y.values.size(0)}, x.norm.options());
  for (int64_t from = 0; from < features; from += step) {
    const int64_t to = std::min(features, from + step);
    sums.addmm_(x.centred(from, to), y.centred(from, to).t());
  }
  return over_norms(sums, x.norm.unsqueeze(1) * y.norm.unsqueeze(0));
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
  const int64_t features = x.values.size(1), step = columns_at_once(a.size(0));
  at::Tensor covariance = at::zeros_like(x.norm);
  for (int64_t from = 0; from < features; from += step) {
    const int64_t to = std::min(features, from + step);
    covariance += (x.centred(from, to) * y.centred(from, to)).sum(1);
  }
  return over_norms(covariance, x.norm * y.norm);
}

CorrelationWith::CorrelationWith(const at::Tensor& real) {
  check(real, real);
  real_ = std::make_shared<const Rows>(prepare(real));
}

at::Tensor CorrelationWith::operator()(const at::Tensor& recon) const {
  check(real_->values, recon);
  return products(*real_, prepare(recon));
}

at::Tensor correlation_matrix(const at::Tensor& real, const at::Tensor& recon) { return CorrelationWith(real)(recon); }

at::Tensor cosine_matrix(const at::Tensor& a, const at::Tensor& b) {
  check(a, b);
  return products(prepare(a, false), prepare(b, false));
}

at::Tensor correlation_distance(const at::Tensor& a, const at::Tensor& b) {
  return 1.0 - paired_correlation(a, b);
}

}  // namespace bgraph

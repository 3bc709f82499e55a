#include <bgraph/sdk/data/correlation.h>

#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/testing/catch.h>

#include <cmath>

using namespace bgraph;

namespace {

at::Tensor draw(at::IntArrayRef shape, int64_t index) { return Rng(1, "test", "correlation", 0, index).normal(shape); }

/// The textbook sum, one pair at a time.
double slow(const at::Tensor& a, const at::Tensor& b) {
  const int64_t n = a.numel();
  double ma = 0, mb = 0, ab = 0, aa = 0, bb = 0;
  for (int64_t i = 0; i < n; ++i) ma += a[i].item<double>() / double(n), mb += b[i].item<double>() / double(n);
  for (int64_t i = 0; i < n; ++i) {
    const double x = a[i].item<double>() - ma, y = b[i].item<double>() - mb;
    ab += x * y, aa += x * x, bb += y * y;
  }
  return ab / std::sqrt(aa * bb);
}

}  // namespace

TEST_CASE("the correlation matrix holds the textbook sum of every pair", "[sdk][data][correlation]") {
  const at::Tensor real = draw({3, 11}, 0), recon = draw({5, 11}, 1);
  const at::Tensor r = correlation_matrix(real, recon);
  REQUIRE(r.sizes() == at::IntArrayRef({3, 5}));
  for (int64_t i = 0; i < 3; ++i)
    for (int64_t j = 0; j < 5; ++j) CHECK(r[i][j].item<double>() == Approx(slow(real[i], recon[j])).margin(1e-12));
}

TEST_CASE("correlation ignores offset and positive scale, and a negative scale turns it", "[sdk][data][correlation]") {
  const at::Tensor a = draw({4, 7}, 2), b = draw({4, 7}, 3);
  const at::Tensor r = paired_correlation(a, b);
  CHECK(at::allclose(paired_correlation(a, 3 * b + 2), r, 0, 1e-6));  // float32 inputs
  CHECK(at::allclose(paired_correlation(a, -b), -r, 0, 1e-12));
  CHECK(at::allclose(paired_correlation(a, a), at::ones({4}, at::kDouble), 0, 1e-12));
}

TEST_CASE("pairs are the diagonal of the matrix, also across blocks of columns", "[sdk][data][correlation]") {
  const at::Tensor a = draw({67, 70001}, 4), b = draw({67, 70001}, 5);  // 62 601 columns at a time
  CHECK(at::allclose(paired_correlation(a, b), correlation_matrix(a, b).diagonal(), 0, 1e-12));
}

TEST_CASE("blocks of the other side give the columns of the whole matrix", "[sdk][data][correlation]") {
  const at::Tensor real = draw({5, 13}, 8), recon = draw({7, 13}, 9);
  const CorrelationWith with(real);
  const at::Tensor blocks = at::cat({with(recon.slice(0, 0, 3)), with(recon.slice(0, 3))}, 1);
  CHECK(at::allclose(blocks, correlation_matrix(real, recon), 0, 1e-15));
}

TEST_CASE("correlating leaves the rows as they are", "[sdk][data][correlation]") {
  const at::Tensor a = draw({2, 6}, 7).to(at::kDouble) + 1, before = a.clone();
  correlation_matrix(a, a);
  CHECK(at::equal(a, before));
}

TEST_CASE("a constant row correlates 0 with everything", "[sdk][data][correlation]") {
  const at::Tensor a = draw({2, 9}, 6), flat = at::full({2, 9}, 0.3f);
  CHECK(at::equal(paired_correlation(a, flat), at::zeros({2}, at::kDouble)));
  CHECK(at::equal(correlation_matrix(flat, flat), at::zeros({2, 2}, at::kDouble)));
}

TEST_CASE("rows of different length are refused with both shapes", "[sdk][data][correlation]") {
  CHECK_THROWS_WITH(correlation_matrix(draw({2, 3}, 0), draw({2, 4}, 0)),
                    "rows of [2, 3] cannot be correlated with rows of [2, 4]");
}

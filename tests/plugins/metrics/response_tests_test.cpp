#include "response_tests.h"

#include <bgraph/sdk/testing/catch.h>

using namespace bgraph;
using namespace bgraph::metrics;

namespace {

Rng rng(int64_t index) { return Rng(41, "test", "responses", 0, index); }
at::Tensor draw(at::IntArrayRef shape, int64_t index) { return rng(index).normal(shape).to(at::kDouble); }

}  // namespace

TEST_CASE("p of unrelated responses is uniform, of related ones as small as permutations allow", "[metrics][response_tests]") {
  const at::Tensor measured = draw({40, 300}, 0);
  const at::Tensor p = permutation_p(draw({40, 300}, 1), measured, 199, rng(2));
  // Means of 300 uniform numbers: sd 1/sqrt(12 * 300) = .0167; voxels are independent here.
  CHECK(p.mean().item<double>() == Approx(0.5).margin(4 * 0.0167));
  CHECK((p <= 0.05).to(at::kDouble).mean().item<double>() == Approx(0.05).margin(4 * 0.0126));
  const at::Tensor related = permutation_p(measured + 0.3 * draw({40, 300}, 3), measured, 199, rng(4));
  CHECK(related.max().item<double>() == Approx(1.0 / 200));
}

TEST_CASE("white-noise p is that of drawn pairs of Gaussian vectors", "[metrics][response_tests]") {
  constexpr int64_t kLength = 30, kPairs = 4000;
  const at::Tensor a = draw({kLength, kPairs}, 5), b = draw({kLength, kPairs}, 6);
  const at::Tensor x = a - a.mean(0), y = b - b.mean(0);
  const at::Tensor r = (x * y).sum(0) / (x.square().sum(0) * y.square().sum(0)).sqrt();
  for (const double threshold : {0.0, 0.15, 0.35}) {
    const double drawn = (r >= threshold).to(at::kDouble).mean().item<double>();
    const double exact = white_noise_p(at::full({1}, threshold, at::kDouble), kLength).item<double>();
    CHECK(exact == Approx(drawn).margin(4 * std::sqrt(0.25 / kPairs)));
  }
  CHECK(white_noise_p(at::tensor({1.0, -1.0}, at::kDouble), 982)[0].item<double>() == 0);
}

TEST_CASE("false discovery rates are Benjamini and Hochberg's, in the order given", "[metrics][response_tests]") {
  // sorted .01 .02 .04 .9, times 4 over rank: .04 .04 .0533 .9
  const at::Tensor q = false_discovery_rate(at::tensor({0.04, 0.01, 0.9, 0.02}, at::kDouble));
  CHECK(at::allclose(q, at::tensor({0.04 * 4 / 3, 0.04, 0.9, 0.04}, at::kDouble), 0, 1e-12));
}

TEST_CASE("dissimilarities of the same patterns agree wholly, whatever the scale of their order", "[metrics][response_tests]") {
  const at::Tensor d = dissimilarity(draw({9, 30}, 7));
  CHECK(at::allclose(d.diagonal(), at::zeros({9}, at::kDouble), 0, 1e-12));
  const Similarity same = compare_dissimilarity(d, d.exp() + 3, 199, rng(8));  // Spearman sees the order alone
  CHECK(same.spearman == Approx(1));
  CHECK(same.p == Approx(1.0 / 200));
  const Similarity other = compare_dissimilarity(d, dissimilarity(draw({9, 30}, 9)), 199, rng(10));
  CHECK(std::abs(other.spearman) < 0.6);
  CHECK(other.p > 0.02);
}

TEST_CASE("ties of ranks get their mean", "[metrics][response_tests]") {
  // Pairs (01) (02) (12): a = 1 1 2 has ranks .5 .5 2; b = 1 2 3 has 0 1 2; r = .5 * sqrt 3.
  const auto matrix = [](double ab, double ac, double bc) {
    return at::tensor({0., ab, ac, ab, 0., bc, ac, bc, 0.}, at::kDouble).view({3, 3});
  };
  CHECK(compare_dissimilarity(matrix(1, 1, 2), matrix(1, 2, 3), 10, rng(11)).spearman == Approx(std::sqrt(3.0) / 2));
}

#include "identification.h"

#include <bgraph/sdk/data/correlation.h>
#include "permutation_band.h"

#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/testing/catch.h>

#include <cmath>

using namespace bgraph;
using namespace bgraph::metrics;

namespace {

// Three seen images, four reconstructions of images 0, 1, 2 and again 0.
const at::Tensor kR = at::tensor({.9, .5, .1, .2,
                                  .3, .5, .2, .3,
                                  .4, .1, .0, .1}, at::kDouble).view({3, 4});
const at::Tensor kOwn = at::tensor({0, 1, 2, 0}, at::kLong);

at::Tensor random_r(int64_t n, int64_t m) { return Rng(3, "test", "identification", n, m).normal({n, m}).to(at::kDouble); }

}  // namespace

TEST_CASE("identification counts the images that correlate strictly less", "[metrics][identification]") {
  const Identification found = identify(kR, {kOwn, {}});
  // Reconstruction 1 ties with image 0: a tie does not count. Reconstruction 3 loses to image 1.
  CHECK(at::equal(found.beaten, at::tensor({2., 1., 0., 1.}, at::kDouble)));
  CHECK(at::equal(found.two_way(), at::tensor({1., .5, 0., .5}, at::kDouble)));
  CHECK(at::equal(found.rank(), at::tensor({1., 2., 3., 2.}, at::kDouble)));
}

TEST_CASE("top-1 of two is two-way, top-1 of all is rank one", "[metrics][identification]") {
  const at::Tensor own = at::arange(9, at::kLong);
  const Identification found = identify(random_r(9, 9), {own, {}});
  CHECK(at::allclose(found.top1(2), found.two_way(), 0, 1e-15));
  CHECK(at::equal(found.top1(9), (found.rank() == 1).to(at::kDouble)));
}

TEST_CASE("top-1 of k is the share of all draws of distractors that are beaten", "[metrics][identification]") {
  // 5 others, 4 beaten, 3 drawn: C(4,3) / C(5,3) = 4 / 10; 2 beaten cannot beat 3.
  const Identification found{at::tensor({4., 2.}, at::kDouble), at::tensor({5., 5.}, at::kDouble)};
  CHECK(found.top1(4)[0].item<double>() == Approx(0.4));
  CHECK(found.top1(4)[1].item<double>() == 0);
  CHECK(found.top1(7).isnan().all().item<bool>());  // seven cannot compete where there are six
}

TEST_CASE("a place among the first b of k is the hypergeometric sum, and its edges are certain", "[metrics][identification]") {
  // 5 others, 3 beaten, 2 better, 3 drawn: none better 1/10 (C(3,3)), one better 2 * 3 / 10, two better 3 / 10.
  const Identification found{at::tensor({3., 5., 0.}, at::kDouble), at::tensor({5., 5., 5.}, at::kDouble)};
  CHECK(found.top(4, 1)[0].item<double>() == Approx(0.1));
  CHECK(found.top(4, 2)[0].item<double>() == Approx(0.7));
  CHECK(found.top(4, 3)[0].item<double>() == Approx(1.0));
  CHECK(found.top(4, 1)[1].item<double>() == Approx(1.0));
  CHECK(found.top(4, 3)[2].item<double>() == Approx(0.0).margin(1e-12));
  CHECK(at::allclose(found.top(4, 1), found.top1(4), 0, 1e-12));
}

TEST_CASE("within category only images of the category compete", "[metrics][identification]") {
  const at::Tensor category = at::tensor({5, 5, 8}, at::kLong);
  const at::Tensor two_way = identify(kR, {kOwn, category}).two_way();
  CHECK(two_way[0].item<double>() == 1);
  CHECK(two_way[1].item<double>() == 0);              // the tie with image 0
  CHECK(std::isnan(two_way[2].item<double>()));       // alone in its category
  CHECK(two_way[3].item<double>() == 0);
  const at::Tensor none = at::tensor({-1, -1, -1}, at::kLong);
  CHECK(identify(kR, {kOwn, none}).two_way().isnan().all().item<bool>());
}

TEST_CASE("category-mean images reach 1 - (1/8)/2 overall and nothing within", "[metrics][identification]") {
  // Eight balanced categories of ten; images = category pattern + own pattern, reconstruction = category pattern.
  const at::Tensor category = at::arange(8, at::kLong).repeat_interleave(10);
  Rng rng(4, "test", "category", 0, 0);
  const at::Tensor pattern = rng.normal({8, 400}).index_select(0, category), own = rng.normal({80, 400});
  const at::Tensor r = correlation_matrix(pattern + own, pattern);
  const Candidates all{at::arange(80, at::kLong), {}}, within{all.own, category};
  CHECK(identify(r, all).two_way().mean().item<double>() == Approx(1 - 1. / 16).margin(0.006));  // 72/79 beaten + half of 9/79
  CHECK(identify(r, within).two_way().mean().item<double>() == Approx(0.5).margin(1e-12));       // ranks 0..9 in turn
}

TEST_CASE("permuted labels give chance, and a true pairing lies outside the band", "[metrics][permutation_band]") {
  const int64_t n = 40;
  const at::Tensor noise = random_r(n, n), own = at::arange(n, at::kLong);
  const Rng rng(5, "test", "band", 0, 0);
  const at::Tensor chance = permuted_two_way(noise, {own, {}}, permuted_labels(n, {}, 2000, rng));
  const Interval band = central(chance, 0.95);
  // Permuted means: each of n ranks is uniform on {0 .. n-1}, nearly independent: sd = sqrt(1/12 / n).
  const double sd = std::sqrt(1.0 / 12 / double(n));
  CHECK(chance.mean().item<double>() == Approx(0.5).margin(4 * sd / std::sqrt(2000.)));
  CHECK(band.high - band.low == Approx(2 * 1.96 * sd).epsilon(0.15));
  CHECK(identify(noise + 3 * at::eye(n, at::kDouble), {own, {}}).two_way().mean().item<double>() > band.high);
}

TEST_CASE("relabellings are permutations, inside categories where they are given", "[metrics][permutation_band]") {
  const at::Tensor category = at::tensor({2, 0, 2, 1, 0, 2, 1}, at::kLong);
  const Rng rng(8, "test", "band", 0, 0);
  const at::Tensor within = permuted_labels(7, category, 30, rng), all = permuted_labels(7, {}, 30, rng);
  for (const auto& labels : {within, all})
    CHECK(at::equal(std::get<0>(labels.sort(1)), at::arange(7, at::kLong).expand({30, 7})));
  CHECK(at::equal(category.index_select(0, within.flatten()).view({30, 7}), category.expand({30, 7})));
  CHECK((within != at::arange(7, at::kLong)).any().item<bool>());
}

TEST_CASE("within category the labels are permuted inside the category", "[metrics][permutation_band]") {
  // A reconstruction that knows the category only: overall far above chance, within exactly chance for any labels.
  const at::Tensor category = at::tensor({0, 0, 0, 1, 1, 1, 1}, at::kLong);
  const at::Tensor same = (category.unsqueeze(1) == category.unsqueeze(0)).to(at::kDouble);
  const at::Tensor r = same + 0.01 * at::arange(7, at::kDouble).unsqueeze(1);
  const at::Tensor own = at::arange(7, at::kLong);
  const Rng rng(6, "test", "band", 0, 0);
  const at::Tensor within = permuted_two_way(r, {own, category}, permuted_labels(7, category, 50, rng));
  CHECK(at::allclose(within, at::full({50}, 0.5, at::kDouble), 0, 1e-12));
}

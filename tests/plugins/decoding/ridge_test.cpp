#include "ridge_path.h"
#include "toy_decoding.h"

#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <torch/types.h>

#include <cmath>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

Rng draws(const char* purpose) { return {2, "ridge_test", purpose, 0, 0}; }

/// The normal equations, solved as they stand.
at::Tensor plain_ridge(const at::Tensor& x, const at::Tensor& y, const at::Tensor& unseen, double lambda) {
  const at::Tensor wide = x.to(at::kDouble), rows = wide - wide.mean(0, true);
  const at::Tensor targets = y.to(at::kDouble) - y.to(at::kDouble).mean(0, true);
  const at::Tensor system = at::matmul(rows.t(), rows) + lambda * at::eye(x.size(1), at::kDouble);
  const at::Tensor weights = at::linalg_solve(system, at::matmul(rows.t(), targets));
  return at::matmul(unseen.to(at::kDouble) - wide.mean(0, true), weights) + y.to(at::kDouble).mean(0, true);
}

}  // namespace

TEST_CASE("ridge from eigenvectors solves the normal equations, with few rows and with many", "[decoding][ridge]") {
  const int64_t rows = GENERATE(6, 19);
  const at::Tensor x = draws("x").normal({rows, 11}), y = draws("y").normal({rows, 3});
  const at::Tensor unseen = draws("unseen").normal({4, 11});
  const at::Tensor centred = x - x.mean(0, true);
  const double rank = static_cast<double>(std::min<int64_t>(rows - 1, 11));
  const double penalty = 0.7, lambda = penalty * centred.square().sum().item<double>() / rank;  // trace = sum of eigenvalues
  const at::Tensor difference =
      decoding::RidgePath(x, y).predict(unseen, penalty).to(at::kDouble) - plain_ridge(x, y, unseen, lambda);
  CHECK(difference.abs().max().item<double>() < 1e-5);
}

TEST_CASE("ridge on orthonormal features is the shrunken correlation", "[decoding][ridge]") {
  const at::Tensor random = draws("features").normal({20, 5});
  const at::Tensor x = std::get<0>(at::linalg_qr(random - random.mean(0, true)));  // orthonormal, mean 0
  const at::Tensor y = draws("y").normal({20, 3}), centred = y - y.mean(0, true);
  const at::Tensor correlation = at::matmul(x.t(), centred) / centred.square().sum(0).sqrt();  // [V, T]
  const double penalty = 0.25;  // of the mean eigenvalue, which is 1
  const at::Tensor shrunken = at::matmul(x, correlation) * centred.square().sum(0).sqrt() / (1 + penalty) + y.mean(0, true);
  CHECK(at::allclose(decoding::RidgePath(x, y).predict(x, penalty), shrunken, 0, 1e-5));
}

// For weights of variance 1 and orthogonal rows the best relative penalty is noise variance / rows.
TEST_CASE("the penalty chosen grows with the noise", "[decoding][ridge]") {
  const at::Tensor x = draws("x").normal({60, 4});
  const at::Tensor y = at::matmul(x, draws("map").normal({4, 9}));
  const at::Tensor fold = at::arange(60) % 5;
  const auto penalty_at = [&](double noise) {
    return decoding::choose_penalty(x, y + noise * draws("noise").normal({60, 9}), fold, 5, {1e-4, 1e-2, 1}).penalty;
  };
  CHECK(penalty_at(0.0) == 1e-4);
  CHECK(penalty_at(8.0) == 1);
}

TEST_CASE("ridge tells held-out toy images apart, row by row and subject by subject", "[decoding][ridge_tokens]") {
  const testing::ToyDecoding toy;
  testing::NodeRun run("decoding.ridge_tokens");
  run.in("betas", toy.train).in("targets", toy.train_targets).in("scored", toy.validation).run();
  const auto features = run.out<Features>("features");
  const at::Tensor truth = toy.validation_targets.layers[0].tokens.repeat({2, 1, 1});
  REQUIRE(features.layers[0].tokens.sizes() == truth.sizes());
  const double error = (features.layers[0].tokens - truth).square().mean().item<double>();
  CHECK(error < 0.1 * truth.var(false).item<double>());
  CHECK(run.out<Table>("choice").rows.size() == 2);
  CHECK(features.split == "validation");
}

TEST_CASE("ridge decodes pixels between 0 and 1 for every subject and image", "[decoding][ridge]") {
  const testing::ToyDecoding toy;
  const Images images{draws("pixels").uniform({60, 3, 4, 5}), toy.train_targets.image_id,
                      at::full({60}, -1, at::kLong), "toy", "train"};
  testing::NodeRun run("decoding.ridge");
  run.in("betas", toy.train).in("images", images).in("scored", toy.validation).run();
  const auto decoded = run.out<Images>("images");
  CHECK(decoded.pixels.sizes() == at::IntArrayRef({24, 3, 4, 5}));
  CHECK(decoded.pixels.min().item<float>() >= 0.0f);
  CHECK(decoded.pixels.max().item<float>() <= 1.0f);
}

TEST_CASE("ridge refuses a subject without training trials", "[decoding][ridge]") {
  testing::ToyDecoding toy;
  toy.train.subjects.pop_back();
  testing::NodeRun run("decoding.ridge_tokens");
  run.in("betas", toy.train).in("targets", toy.train_targets).in("scored", toy.validation);
  CHECK_THROWS_WITH(run.run(), ContainsSubstring("sub2 has no training trials"));
}

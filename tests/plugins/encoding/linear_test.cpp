// The linear encoder on responses that are linear in the images.
#include <bgraph/sdk/components/encoder.h>
#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <torch/types.h>

using namespace bgraph;

namespace {

constexpr int64_t kTrials = 40, kVoxels = 7, kSide = 3, kPixels = kSide * kSide;

at::Tensor draw(const char* purpose, at::IntArrayRef shape) { return Rng(3, "linear_test", purpose, 0, 0).normal(shape); }

at::Tensor standardised(const at::Tensor& values) {
  return (values - values.mean(0)) / values.std(0, /*unbiased=*/false);
}

struct World {
  Images images, prior;
  Betas betas;
  Voxels voxels;

  explicit World(double noise) {
    const auto pictures = [](const char* purpose, int64_t count, const char* space, const char* split) {
      const at::Tensor grey = 0.5 + 0.1 * draw(purpose, {count, 1, kSide, kSide});
      return Images{grey.expand({-1, 3, -1, -1}).contiguous(), at::arange(count), at::full({count}, -1, at::kLong), space,
                    split};
    };
    images = pictures("seen", kTrials, "seen", "train");
    prior = pictures("prior", 60, "prior", "external");
    const at::Tensor x = images.pixels.mean(1).flatten(1);
    const at::Tensor y = standardised(x.matmul(draw("weights", {kPixels, kVoxels}))) + noise * draw("noise", {kTrials, kVoxels});
    const at::Tensor unknown = at::full({kTrials}, -1, at::kLong), none = at::full({kVoxels}, -1, at::kLong);
    betas = {.subjects = {{"S1", 0, standardised(y), at::arange(kTrials), unknown, unknown}}, .id_space = "seen",
             .split = "train"};
    voxels = {.subject = at::zeros({kVoxels}, at::kLong), .position = at::zeros({kVoxels, 3}), .hemisphere = none,
              .roi = none, .parcel = none, .ncsnr = at::zeros({kVoxels}), .subjects = {"S1"}};
  }

  testing::NodeRun fitted(double penalty, double shrinkage = 0.5, double noise_scale = 1.0) const {
    testing::NodeRun run("encoding.fit_linear");
    run.set("components", 9).set("penalty", penalty).set("shrinkage", shrinkage).set("noise_scale", noise_scale);
    run.in("betas", betas).in("images", images).in("prior", prior).in("voxels", voxels).run();
    return run;
  }
};

}  // namespace

TEST_CASE("responses linear in the images are predicted exactly when nothing is penalised", "[encoding][linear]") {
  const World world(0);
  const auto run = world.fitted(1e-9);
  const auto encoder = testing::build_component<Encoder>(run.out<Model>("model"));
  const at::Tensor predicted = encoder->forward(world.images.unit_range(), run.out<VoxelTable>("table").rows);
  CHECK(predicted.sizes() == at::IntArrayRef({kTrials, kVoxels}));
  // float32 sums over nine pixels of coefficients of size 1
  CHECK((predicted - world.betas.subjects[0].betas).abs().max().item<float>() < 1e-4f);
  CHECK(run.out<Tensor>("skill").min().item<float>() > 0.9999f);
}

TEST_CASE("leave-one-out skill is that of fits that leave one trial out", "[encoding][linear]") {
  const World world(1);
  const double penalty = 2.5;
  const auto run = world.fitted(penalty);
  const auto weights = run.out<Model>("model").weights;
  const at::Tensor x = (world.images.pixels.mean(1).flatten(1) - weights.at("centre")).matmul(weights.at("basis").t()).to(at::kDouble);
  const at::Tensor y = world.betas.subjects[0].betas.to(at::kDouble);
  std::vector<at::Tensor> predictions;
  for (int64_t left = 0; left < kTrials; ++left) {
    const at::Tensor others = at::arange(kTrials).ne(left).nonzero().flatten();
    const at::Tensor kx = x.index_select(0, others), ky = y.index_select(0, others);
    // An intercept is a column of ones without penalty.
    const at::Tensor ones = at::ones({kTrials, 1}, at::kDouble);
    const at::Tensor design = at::cat({kx, ones.slice(0, 0, kTrials - 1)}, 1);
    at::Tensor gram = design.t().matmul(design);
    gram.diagonal().slice(0, 0, x.size(1)).add_(penalty);
    const at::Tensor solved = at::linalg_solve(gram, design.t().matmul(ky));
    predictions.push_back(at::cat({x[left], ones[0]}).matmul(solved));
  }
  const at::Tensor p = at::stack(predictions);
  for (int64_t v = 0; v < kVoxels; ++v) {
    const double r = at::corrcoef(at::stack({p.select(1, v), y.select(1, v)}))[0][1].item<double>();
    CHECK(run.out<Tensor>("skill")[v].item<double>() == Approx(r).margin(1e-4));
  }
}

TEST_CASE("noise rows give the shrunk covariance of the residuals, scaled", "[encoding][linear]") {
  const World world(1);
  const auto covariance = [&](double shrinkage, double scale) {
    const at::Tensor rows = world.fitted(5.0, shrinkage, scale).out<VoxelTable>("noise").rows.to(at::kDouble);
    const at::Tensor loadings = rows.slice(1, 1);
    return at::diag(rows.select(1, 0).square()) + loadings.matmul(loadings.t());
  };
  const at::Tensor measured = covariance(0, 1), shrunk = covariance(0.25, 2);
  CHECK((shrunk.diagonal() - 2 * measured.diagonal()).abs().max().item<double>() < 1e-5);
  CHECK(shrunk[0][3].item<double>() == Approx(1.5 * measured[0][3].item<double>()).margin(1e-5));
}

TEST_CASE("responses with an offset are refused, voxels with NaN get no weights", "[encoding][linear]") {
  World world(1);
  world.betas.subjects[0].betas.select(1, 4).fill_(std::nanf(""));
  const auto run = world.fitted(1.0);
  REQUIRE(run.warnings().size() == 1);
  CHECK(run.warnings()[0] == "1 voxels with NaN responses get no weights");
  CHECK(run.out<VoxelTable>("table").rows[4].abs().max().item<float>() == 0.0f);
  world.betas.subjects[0].betas += 1;
  CHECK_THROWS_WITH(world.fitted(1.0), Catch::Matchers::ContainsSubstring("over the training trials, expected 0"));
}

// The decoders for few trials against slow twins and limits.
#include "kernel_posterior_model.h"
#include "linear_gaussian_model.h"

#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/testing/catch.h>
#include <torch/types.h>

using namespace bgraph;
using namespace bgraph::decoding;

namespace {

constexpr int64_t kTrials = 23, kVoxels = 31, kExamples = 17, kComponents = 4, kPixels = 12, kScored = 3;

at::Tensor draw(const char* purpose, at::IntArrayRef shape) {
  return Rng(9, "kernel_posterior_test", purpose, 0, 0).normal(shape).to(at::kDouble);
}

struct Setting {
  ImagePrior prior = fit_prior(draw("examples", {kExamples, kPixels}), kComponents);
  Examples examples{draw("examples", {kExamples, kPixels}), prior};
  at::Tensor z = draw("z", {kTrials, kComponents});
  at::Tensor betas = z.matmul(draw("weights", {kComponents, kVoxels})) + draw("noise", {kTrials, kVoxels});
  RidgeFit fit = fit_ridge(z, betas, 1.5);
  at::Tensor scored = draw("scored", {kScored, kVoxels});
};

double largest(const at::Tensor& difference) { return difference.abs().max().item<double>(); }

}  // namespace

TEST_CASE("the likelihood's statistic and precision are those of the whole covariance matrix", "[decoding][linear_gaussian]") {
  const Setting s;
  const double shrinkage = 0.3;
  const LinearLikelihood likelihood(s.fit, kVoxels, shrinkage);
  const at::Tensor measured = s.fit.residuals.t().matmul(s.fit.residuals) / kTrials;
  const at::Tensor noise = (1 - shrinkage) * measured + at::diag(shrinkage * measured.diagonal() + 1e-6);
  const at::Tensor whitened = at::linalg_solve(noise, s.fit.weights.t().contiguous());
  CHECK(largest(likelihood.precision() - s.fit.weights.matmul(whitened)) < 1e-8);
  CHECK(largest(likelihood.statistic(s.scored) - (s.scored - s.fit.intercept).matmul(whitened)) < 1e-8);
}

TEST_CASE("voxels that are not among the best do not matter", "[decoding][linear_gaussian]") {
  const Setting s;
  const LinearLikelihood likelihood(s.fit, 5, 0.5);
  at::Tensor changed = s.scored.clone();
  const at::Tensor worst = std::get<1>(s.fit.skill.topk(kVoxels - 5, 0, /*largest=*/false));
  changed.index_fill_(1, worst, 100.0);
  CHECK(likelihood.statistic(changed).equal(likelihood.statistic(s.scored)));
}

TEST_CASE("a kernel as wide as the prior is the Gaussian decoder", "[decoding][kernel_posterior]") {
  const Setting s;
  const LinearLikelihood likelihood(s.fit, 20, 0.5);
  const at::Tensor g = likelihood.statistic(s.scored);
  const at::Tensor wide = kernel_posterior_mean(s.examples, g, likelihood.precision(), 1.0, 1.0);
  CHECK(largest(wide - s.prior.pixels(gaussian_posterior_mean(g, likelihood.precision()))) < 1e-9);
}

TEST_CASE("narrow kernels approach the average of examples weighted by likelihood", "[decoding][kernel_posterior]") {
  const Setting s;
  const LinearLikelihood likelihood(s.fit, 20, 0.5);
  const at::Tensor g = likelihood.statistic(s.scored), G = likelihood.precision();
  at::Tensor twin = at::zeros({kScored, kPixels}, at::kDouble);
  for (int64_t n = 0; n < kScored; ++n) {
    at::Tensor fit = at::zeros({kExamples}, at::kDouble);
    for (int64_t m = 0; m < kExamples; ++m) {
      const at::Tensor zm = s.examples.z[m];
      fit[m] = (g[n].dot(zm) - 0.5 * zm.dot(G.matmul(zm))) / 2.0;  // noise_scale 2
    }
    twin[n] = at::softmax(fit, 0).matmul(s.examples.pictures);
  }
  CHECK(largest(kernel_posterior_mean(s.examples, g, G, 0.0, 2.0) - twin) < 1e-9);
  // to first order in h
  CHECK(largest(kernel_posterior_mean(s.examples, g, G, 1e-7, 2.0) - twin) < 1e-3);
}

TEST_CASE("one example makes a Gaussian prior around it", "[decoding][kernel_posterior]") {
  const Setting s;
  const LinearLikelihood likelihood(s.fit, 20, 0.5);
  const at::Tensor g = likelihood.statistic(s.scored), G = likelihood.precision();
  const double h = 0.4, a = std::sqrt(1 - h);
  const Examples one(s.examples.pictures.slice(0, 6, 7), s.prior);
  const at::Tensor identity = at::eye(kComponents, at::kDouble);
  const at::Tensor z = at::linalg_solve(G + identity / h, (g + a * one.z / h).t().contiguous()).t();
  const at::Tensor rest = one.pictures - s.prior.pixels(one.z);
  CHECK(largest(kernel_posterior_mean(one, g, G, h, 1.0) - (s.prior.pixels(z) + a * rest)) < 1e-9);
}

#include "scores.h"

#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/golden.h>
#include <torch/types.h>

using namespace bgraph;
using namespace bgraph::encoding;

TEST_CASE("a voxel's correlation is 1 for any rising line, -1 for a falling one and 0 for a constant",
          "[encoding][scores]") {
  const auto measured = at::tensor({1.0, 5.0, 2.0, 8.0}).unsqueeze(1).repeat({1, 3});
  const auto predicted = at::stack({measured.select(1, 0) * 3 + 2, -measured.select(1, 0), at::ones({4})}, 1);
  const auto r = voxel_correlation(predicted, measured);
  CHECK(r[0].item<double>() == Approx(1.0));
  CHECK(r[1].item<double>() == Approx(-1.0));
  CHECK(r[2].item<double>() == 0.0);
}

TEST_CASE("r^2 reaches the ceiling where r is that of the signal, and negative r counts as 0", "[encoding][scores]") {
  // ncsnr 1 and three repeats: NC = 1 / (1 + 1/3) = .75
  const auto share = ceiling_normalised(at::tensor({std::sqrt(0.75), -0.9, 0.5}), at::tensor({1.0, 1.0, 0.0}), 1.0 / 3);
  CHECK(share[0].item<double>() == Approx(1.0));
  CHECK(share[1].item<double>() == 0.0);
  CHECK(std::isnan(share[2].item<double>()));
}

TEST_CASE("percentiles interpolate between neighbours and leave NaN out", "[encoding][scores]") {
  const auto values = at::tensor({4.0, std::nan(""), 1.0, 3.0, 2.0});
  CHECK(percentile(values, 50) == Approx(2.5));
  CHECK(percentile(values, 75) == Approx(3.25));
  CHECK(percentile(values, 100) == 4.0);
  CHECK(std::isnan(percentile(at::full({2}, std::nan("")), 50)));
}

TEST_CASE("the encoder's percentiles agree with the reference values", "[encoding][scores][data]") {
  const auto golden = testing::Golden::open("training");
  if (!golden) return;
  const auto y = golden->input("input.corr.y");  // [40, 23]
  const int64_t V = y.size(1);
  auto predicted = 0.6 * y.to(at::kDouble) * at::linspace(0, 1, V, at::kDouble) + golden->input("input.corr.noise");
  predicted.select(1, 3).fill_(0.25);
  const auto r = voxel_correlation(predicted, y);
  CHECK(golden->output_difference("encoder.corr_percentiles_50_75_90",
                                  at::tensor({percentile(r, 50), percentile(r, 75), percentile(r, 90)},
                                             at::kDouble)) == "");
}

#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>

#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <cmath>

using namespace bgraph;

namespace {

Voxels voxels_with(const std::vector<float>& ncsnr) {
  const auto count = static_cast<int64_t>(ncsnr.size());
  const at::Tensor none = at::full({count}, -1, at::kLong);
  return {.subject = at::zeros({count}, at::kLong),
          .position = at::zeros({count, 3}),
          .hemisphere = none,
          .roi = none,
          .parcel = none,
          .ncsnr = at::tensor(ncsnr),
          .subjects = {"subj01"}};
}

std::vector<float> ceiling_of(const std::vector<float>& ncsnr, int64_t trials) {
  testing::NodeRun run("voxels.noise_ceiling");
  const Tensor ceiling = run.set("trials", trials).in("voxels", voxels_with(ncsnr)).run().out<Tensor>("ceiling");
  return {ceiling.data_ptr<float>(), ceiling.data_ptr<float>() + ceiling.numel()};
}

}  // namespace

TEST_CASE("noise ceiling is 75 percent when ncsnr is 1 and three trials are averaged", "[voxels][noise_ceiling]") {
  CHECK(ceiling_of({1.0f}, 3).at(0) == 75.0f);
}

TEST_CASE("noise ceiling is 0 without signal and nan where ncsnr is nan", "[voxels][noise_ceiling]") {
  const auto ceiling = ceiling_of({0.0f, std::nanf("")}, 1);
  CHECK(ceiling.at(0) == 0.0f);
  CHECK(std::isnan(ceiling.at(1)));
}

TEST_CASE("noise ceiling grows with the number of trials averaged", "[voxels][noise_ceiling]") {
  CHECK(ceiling_of({0.5f}, 1).at(0) < ceiling_of({0.5f}, 2).at(0));
}

TEST_CASE("zero trials are refused with the parameter's name", "[voxels][noise_ceiling]") {
  CHECK_THROWS_WITH(ceiling_of({1.0f}, 0), Catch::Matchers::ContainsSubstring("'trials': expected at least 1, found 0"));
}

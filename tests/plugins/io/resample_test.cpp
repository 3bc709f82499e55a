// Every resizing filter is a matrix with rows that sum to one; values of SciPy and closed forms.
#include "resample.h"

#include <bgraph/sdk/testing/catch.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/tensor.h>

using namespace bgraph::io;

TEST_CASE("a constant image keeps its value under every filter", "[io][resample]") {
  for (const char* filter : {"area", "bilinear", "antialias", "skimage"})
    for (const auto& [in, out] : {std::pair<int64_t, int64_t>{13, 5}, {5, 13}, {8, 8}}) {
      const at::Tensor sums = resampling_matrix(filter, in, out).sum(1);
      CHECK(sums.allclose(at::ones_like(sums), 0, 1e-12));
    }
}

TEST_CASE("area of half the size is the mean of pairs", "[io][resample]") {
  const at::Tensor line = at::tensor({1.0, 3.0, 10.0, 20.0, 7.0, 9.0}, at::kDouble);
  CHECK(resampling_matrix("area", 6, 3).matmul(line).equal(at::tensor({2.0, 15.0, 8.0}, at::kDouble)));
}

TEST_CASE("bilinear between pixel centres is linear interpolation, clamped at the edges", "[io][resample]") {
  const at::Tensor line = at::tensor({0.0, 4.0, 8.0, 12.0}, at::kDouble);
  // centres of 2 of 4: 0.5 and 2.5
  CHECK(resampling_matrix("bilinear", 4, 2).matmul(line).equal(at::tensor({2.0, 10.0}, at::kDouble)));
  // 8 of 4: -0.25 -> 0 at the edge, then steps of half a pixel
  CHECK(resampling_matrix("bilinear", 4, 8).matmul(line).slice(0, 0, 3).equal(at::tensor({0.0, 1.0, 3.0}, at::kDouble)));
}

TEST_CASE("skimage's filter is a Gaussian cut at four sd, mirrored about the edge pixels, then bilinear", "[io][resample]") {
  // scipy.ndimage: zoom(gaussian_filter(arange(12)**2, sd, mode="mirror"), 1/3, order=1, mode="mirror", grid_mode=True), sd = 1
  const at::Tensor line = at::arange(12, at::kDouble).square();
  const at::Tensor found = resampling_matrix("skimage", 12, 4).matmul(line);
  const at::Tensor expected = at::tensor({1.9999279998270711, 16.999927999827072, 49.999927999827065, 98.21664892830418}, at::kDouble);
  CHECK(found.allclose(expected, 0, 1e-9));
}

TEST_CASE("pixels are rounded and stay in their range", "[io][resample]") {
  const at::Tensor white = at::full({2, 3, 9, 9}, 255, at::kByte);
  CHECK(resampled(white, 4, "skimage").eq(255).all().item<bool>());
  CHECK(resampled(white, 4, "skimage").sizes() == at::IntArrayRef({2, 3, 4, 4}));
}

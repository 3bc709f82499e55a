#include <bgraph/sdk/data/resize.h>

#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/testing/catch.h>

#include <ATen/ops/allclose.h>

using namespace bgraph;

namespace {

constexpr ResizeMethod kAll[] = {ResizeMethod::bilinear, ResizeMethod::bilinear_antialias,
                                 ResizeMethod::bicubic_antialias, ResizeMethod::area, ResizeMethod::gaussian};

at::Tensor draw(at::IntArrayRef shape, int64_t index) { return Rng(1, "test", "resize", 0, index).uniform(shape); }

}  // namespace

TEST_CASE("every resizing keeps a constant image, and one that has its size", "[sdk][data][resize]") {
  const at::Tensor flat = at::full({2, 3, 9, 14}, 0.3f), image = draw({2, 3, 8, 8}, 0);
  for (const auto method : kAll) {
    for (const int64_t size : {5, 9, 23}) CHECK(at::allclose(resized(flat, {size, method}), at::full({2, 3, size, size}, 0.3f), 0, 1e-6));
    CHECK(resized(image, {8, method}).is_same(image));
    CHECK(resized(image, {0, method}).is_same(image));
  }
}

TEST_CASE("making an image half as large reads two pixels without antialias and more with it", "[sdk][data][resize]") {
  at::Tensor line = at::zeros({1, 1, 8, 8});
  line.select(3, 4).fill_(1.0f);
  const auto row = [&](ResizeMethod method) { return resized(line, {4, method})[0][0][0]; };
  // Centres fall at .5, 2.5, 4.5, 6.5: column 4 counts half in the third pixel.
  CHECK(at::allclose(row(ResizeMethod::bilinear), at::tensor({0.f, 0.f, .5f, 0.f}), 0, 1e-6));
  // A triangle of half-width 2 around 4.5 (in pixels 3..6: 1, 3, 3, 1 eighths), and around 2.5 for column 4: 1 eighth.
  CHECK(at::allclose(row(ResizeMethod::bilinear_antialias), at::tensor({0.f, .125f, .375f, 0.f}), 0, 1e-6));
}

TEST_CASE("Gaussian resizing mirrors at the border without repeating the edge", "[sdk][data][resize]") {
  // 4 -> 8 enlarges: no smoothing; the first centre is at -1/4 and reads 3/4 of pixel 0 and 1/4 of pixel 1.
  const at::Tensor ramp = at::arange(4, at::kFloat).expand({1, 1, 4, 4}).contiguous();
  const at::Tensor line = resized(ramp, {8, ResizeMethod::gaussian})[0][0][3];
  CHECK(at::allclose(line, at::tensor({.25f, .25f, .75f, 1.25f, 1.75f, 2.25f, 2.75f, 2.75f}), 0, 1e-6));
}

TEST_CASE("area of half the size is the mean of pairs, of two thirds a weighted mean", "[sdk][data][resize]") {
  const at::Tensor image = at::tensor({1.f, 3.f, 10.f, 20.f, 7.f, 9.f}).expand({1, 1, 6, 6}).contiguous();
  CHECK(at::allclose(resized(image, {3, ResizeMethod::area})[0][0][1], at::tensor({2.f, 15.f, 8.f}), 0, 1e-6));
  // 6 -> 4: each covers a pixel and a half.
  const at::Tensor thirds = at::tensor({(1.f + 1.5f) / 1.5f, (1.5f + 10.f) / 1.5f, (20.f + 3.5f) / 1.5f, (3.5f + 9.f) / 1.5f});
  CHECK(at::allclose(resized(image, {4, ResizeMethod::area})[0][0][2], thirds, 0, 1e-5));
}

TEST_CASE("bilinear is linear interpolation between pixel centres, clamped at the edges", "[sdk][data][resize]") {
  const at::Tensor image = at::tensor({0.f, 4.f, 8.f, 12.f}).expand({1, 1, 4, 4}).contiguous();
  CHECK(at::allclose(resized(image, {2})[0][0][0], at::tensor({2.f, 10.f}), 0, 1e-6));
  CHECK(at::allclose(resized(image, {8})[0][0][0].slice(0, 0, 3), at::tensor({0.f, 1.f, 3.f}), 0, 1e-6));
}

TEST_CASE("Gaussian resizing has SciPy's numbers", "[sdk][data][resize]") {
  // scipy.ndimage: zoom(gaussian_filter(arange(12)**2, 1, mode="mirror"), 1/3, order=1, mode="mirror", grid_mode=True)
  const at::Tensor image = at::arange(12, at::kDouble).square().expand({1, 1, 12, 12}).contiguous();
  const at::Tensor expected = at::tensor({1.9999279998270711, 16.999927999827072, 49.999927999827065, 98.21664892830418}, at::kDouble);
  CHECK(at::allclose(resized(image, {4, ResizeMethod::gaussian})[0][0][3], expected, 0, 1e-9));
}

TEST_CASE("bytes are rounded and stay in their range", "[sdk][data][resize]") {
  const at::Tensor white = at::full({2, 3, 9, 9}, 255, at::kByte);
  for (const auto method : kAll) CHECK(resized(white, {4, method}).equal(at::full({2, 3, 4, 4}, 255, at::kByte)));
  const at::Tensor halves = at::tensor({0, 1, 2, 5}, at::kByte).expand({1, 1, 4, 4}).contiguous();  // means .5 and 3.5: to even
  CHECK(resized(halves, {2, ResizeMethod::area})[0][0][0].equal(at::tensor({0, 4}, at::kByte)));
}

TEST_CASE("rows and columns are not mixed up", "[sdk][data][resize]") {
  const at::Tensor image = draw({1, 3, 11, 6}, 1);
  for (const auto method : kAll)
    CHECK(at::allclose(resized(image.transpose(2, 3).contiguous(), {7, method}), resized(image, {7, method}).transpose(2, 3), 0, 1e-6));
}

TEST_CASE("an unknown resizing is refused with those there are", "[sdk][data][resize]") {
  CHECK(resize_method("bicubic_antialias") == ResizeMethod::bicubic_antialias);
  CHECK_THROWS_WITH(resize_method("lanczos"), Catch::Matchers::ContainsSubstring("no resizing 'lanczos'"));
}

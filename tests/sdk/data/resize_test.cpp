#include <bgraph/sdk/data/resize.h>

#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/testing/catch.h>

#include <ATen/ops/allclose.h>

using namespace bgraph;

namespace {

constexpr ResizeMethod kAll[] = {ResizeMethod::bilinear, ResizeMethod::bilinear_antialias,
                                 ResizeMethod::bicubic_antialias, ResizeMethod::gaussian};

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

TEST_CASE("rows and columns are not mixed up", "[sdk][data][resize]") {
  const at::Tensor image = draw({1, 3, 11, 6}, 1);
  for (const auto method : kAll)
    CHECK(at::allclose(resized(image.transpose(2, 3).contiguous(), {7, method}), resized(image, {7, method}).transpose(2, 3), 0, 1e-6));
}

TEST_CASE("an unknown resizing is refused with those there are", "[sdk][data][resize]") {
  CHECK(resize_method("bicubic_antialias") == ResizeMethod::bicubic_antialias);
  CHECK_THROWS_WITH(resize_method("lanczos"), Catch::Matchers::ContainsSubstring("no resizing 'lanczos'"));
}

// Metrics against the numbers of the code they are defined by (golden case `metrics`).
#include "golden_images.h"

#include "identification.h"
#include "pixcorr.h"
#include "ssim.h"

#include <bgraph/sdk/data/correlation.h>
#include <bgraph/sdk/testing/catch.h>

using namespace bgraph;
using namespace bgraph::metrics;

namespace {

struct Case {
  testing::Golden golden;
  at::Tensor seen, recon;

  std::string difference(const std::string& output, const at::Tensor& found) const {
    return golden.output_difference(output, found);
  }
};

std::optional<Case> open() {
  auto golden = testing::Golden::open("metrics");
  if (!golden) return std::nullopt;
  const at::Tensor seen = golden_seen(*golden);
  return Case{*golden, seen, golden_recon(*golden, seen)};
}

}  // namespace

TEST_CASE("the golden images are made again from their rule", "[metrics][golden]") {
  const auto metrics = open();
  if (!metrics) return;
  CHECK(metrics->difference("ground_truth", metrics->seen) == "");
  CHECK(metrics->difference("reconstruction", metrics->recon) == "");
}

TEST_CASE("bilinear resizing is torchvision's without antialias", "[metrics][resize]") {
  const auto metrics = open();
  if (!metrics) return;
  for (const int64_t size : {425, 256, 342, 255})
    CHECK(metrics->difference("bilinear." + std::to_string(size), resized(metrics->seen, {size})) == "");
}

TEST_CASE("bicubic and Gaussian resizing are torchvision's and scikit-image's with antialias", "[metrics][resize]") {
  const auto metrics = open();
  if (!metrics) return;
  CHECK(metrics->difference("bicubic_antialias.112", resized(metrics->seen, {112, ResizeMethod::bicubic_antialias})) == "");
  const auto last = [](const at::Tensor& images) { return images.permute({0, 2, 3, 1}).contiguous(); };
  const at::Tensor large = resized(metrics->seen, {256});
  CHECK(metrics->difference("skimage_resize.256_to_224", last(resized(large, {224, ResizeMethod::gaussian}))) == "");
  // Which byte a pixel on the edge of two becomes hangs on the last bit of single precision, and that on the threads.
  const at::Tensor bytes = (255.0 * resized(metrics->seen.to(at::kDouble), {256})).round() / 255.0;
  CHECK(metrics->difference("skimage_resize_uint8.256_to_224", last(resized(bytes, {224, ResizeMethod::gaussian}))) == "");
}

TEST_CASE("the grey image of SSIM is scikit-image's", "[metrics][ssim]") {
  const auto metrics = open();
  if (!metrics) return;
  CHECK(metrics->difference("gray.425", grey(resized(metrics->seen, {425}))) == "");
}

TEST_CASE("PixCorr at 425 pixels is the notebook's", "[metrics][pixcorr]") {
  const auto metrics = open();
  if (!metrics) return;
  CHECK(metrics->difference("pixcorr.per_image", pixcorr(metrics->seen, metrics->recon, {425})) == "");
}

TEST_CASE("SSIM at 425 pixels is scikit-image's two-dimensional form, not its columns-as-channels one", "[metrics][ssim]") {
  const auto metrics = open();
  if (!metrics) return;
  const at::Tensor found = ssim(metrics->seen, metrics->recon, SsimWindow::gaussian, {425});
  CHECK(metrics->difference("ssim.per_image", found) == "");
  CHECK(metrics->difference("ssim_legacy_columns_as_channels.per_image", found) != "");
  CHECK(metrics->difference("color_ssim.per_image",
                            color_ssim(metrics->seen, metrics->recon, SsimWindow::gaussian, {425})) == "");
}

TEST_CASE("two-way identification and correlation distance are the notebook's", "[metrics][identification]") {
  const auto golden = testing::Golden::open("metrics");
  if (!golden) return;
  const at::Tensor real = golden->input("input.feat_real").to(at::kDouble);
  const at::Tensor recon = 0.35 * real + golden->input("input.feat_noise").to(at::kDouble);
  const Identification found = identify(correlation_matrix(real, recon), {at::arange(8, at::kLong), {}});
  CHECK(golden->output_difference("two_way.success_count", found.beaten) == "");
  CHECK(golden->output_difference("two_way.given_features", found.two_way().mean()) == "");
  CHECK(golden->output_difference("correlation_distance.per_row", correlation_distance(real, recon)) == "");
}

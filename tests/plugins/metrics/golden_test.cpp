// Metrics against the numbers of the code they are defined by (golden/metrics.json).
#include "golden_images.h"

#include <bgraph/sdk/data/correlation.h>
#include "identification.h"
#include "pixcorr.h"
#include "ssim.h"

#include <bgraph/sdk/testing/catch.h>

using namespace bgraph;
using namespace bgraph::metrics;

namespace {

double worst(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

void check_samples(const GoldenMetrics& golden, const std::string& name, const at::Tensor& found) {
  const Json& record = golden.output(name);
  REQUIRE(found.sizes().vec() == record.at("shape").get<std::vector<int64_t>>());
  const at::Tensor flat = found.contiguous().view(-1);
  const std::vector<int64_t> index = record.at("sample_index");
  const std::vector<double> value = record.at("sample_value");
  for (size_t i = 0; i < index.size(); ++i)
    CHECK(flat[index[i]].item<double>() == Approx(value[i]).margin(golden.tolerance(name)));
}

}  // namespace

TEST_CASE("the golden images are made again from their rule", "[metrics][golden]") {
  const auto* golden = golden_metrics();
  if (!golden) return;
  check_samples(*golden, "ground_truth", golden->seen);
  check_samples(*golden, "reconstruction", golden->recon);
}

TEST_CASE("bilinear resizing is torchvision's without antialias", "[metrics][resize]") {
  const auto* golden = golden_metrics();
  if (!golden) return;
  for (const int64_t size : {425, 256, 342, 255})
    check_samples(*golden, "bilinear." + std::to_string(size), resize_bilinear(golden->seen, {size}));
}

TEST_CASE("PixCorr at 425 pixels is the notebook's", "[metrics][pixcorr]") {
  const auto* golden = golden_metrics();
  if (!golden) return;
  CHECK(worst(pixcorr(golden->seen, golden->recon, {425}), golden->values("pixcorr.per_image")) <
        golden->tolerance("pixcorr.per_image"));
}

TEST_CASE("SSIM at 425 pixels is scikit-image's two-dimensional form, not its columns-as-channels one", "[metrics][ssim]") {
  const auto* golden = golden_metrics();
  if (!golden) return;
  const at::Tensor found = ssim(golden->seen, golden->recon, SsimWindow::gaussian, {425});
  CHECK(worst(found, golden->values("ssim.per_image")) < golden->tolerance("ssim.per_image"));
  CHECK(worst(found, golden->values("ssim_legacy_columns_as_channels.per_image")) > 0.01);
  CHECK(worst(color_ssim(golden->seen, golden->recon, SsimWindow::gaussian, {425}),
              golden->values("color_ssim.per_image")) < golden->tolerance("color_ssim.per_image"));
}

TEST_CASE("two-way identification and correlation distance are the notebook's", "[metrics][identification]") {
  const auto* golden = golden_metrics();
  if (!golden) return;
  const at::Tensor r = correlation_matrix(golden->feat_real, golden->feat_recon);
  const Identification found = identify(r, {at::arange(8, at::kLong), {}});
  CHECK(at::equal(found.beaten, golden->values("two_way.success_count")));
  CHECK(found.two_way().mean().item<double>() == Approx(golden->values("two_way.given_features").item<double>()));
  CHECK(worst(correlation_distance(golden->feat_real, golden->feat_recon),
              golden->values("correlation_distance.per_row")) < golden->tolerance("correlation_distance.per_row"));
}

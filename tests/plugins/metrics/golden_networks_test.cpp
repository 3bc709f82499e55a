// The metrics that look through a network, against the numbers of the code they are defined by (golden case `metrics`):
// metrics.paper with the published protocol, AlexNet with the reference's weights, LPIPS on it.
#include "golden_images.h"

#include "protocol.h"

#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/components/image_distance.h>
#include <bgraph/sdk/data/correlation.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/run.h>
#include <bgraph/sdk/values.h>

using namespace bgraph;
using namespace bgraph::metrics;

namespace {

/// AlexNet with the case's weights, tapped there.
Model alexnet(const testing::Golden& golden, const std::vector<std::string>& taps) {
  Model model = testing::recipe("features.alexnet", {{"taps", taps}});
  for (const auto& [name, weight] : golden.tensors())
    if (name.starts_with("features.")) model.weights[name] = weight;
  return model;
}

Model lpips(const testing::Golden& golden, const std::map<std::string, at::Tensor>& heads) {
  Model model = testing::recipe("features.lpips", Json::object());
  model.parts["network"] = alexnet(golden, {"features.1", "features.4", "features.7", "features.9", "features.11"});
  model.weights = heads;
  return model;
}

std::map<std::string, at::Tensor> filled_heads(const testing::Golden& golden) {
  std::map<std::string, at::Tensor> heads;
  for (const auto& [name, weight] : golden.tensors())
    if (name.starts_with("lpips.")) heads[name.substr(6)] = weight;
  return heads;
}

Images images_of(const at::Tensor& pixels) {
  const int64_t n = pixels.size(0);
  return {pixels, at::arange(n, at::kLong), at::full({n}, -1, at::kLong), "golden", "validation"};
}

double cell(const Table& table, const std::string& column) { return std::get<double>(table.rows.at(0).cells.at(column)); }

}  // namespace

TEST_CASE("correlations of AlexNet's features are the reference's, tap by tap", "[metrics][golden][networks]") {
  const auto golden = testing::Golden::open("metrics");
  if (!golden) return;
  const at::Tensor seen = golden_seen(*golden), recon = golden_recon(*golden, seen);
  const auto net = testing::build_component<ImageBackbone>(alexnet(*golden, {"features.4", "features.11"}));
  const auto real = net->forward(resized(seen, {256})), made = net->forward(resized(recon, {256}));
  for (size_t tap = 0; tap < 2; ++tap) {
    INFO(real[tap].name);
    CHECK(golden->output_difference("alex_corr_matrix." + real[tap].name, correlation_matrix(real[tap].tokens, made[tap].tokens)) == "");
  }
}

TEST_CASE("LPIPS on AlexNet is the reference's, layer by layer, with filled and with the published heads", "[metrics][golden][networks]") {
  const auto golden = testing::Golden::open("metrics");
  if (!golden) return;
  const at::Tensor seen = golden_seen(*golden), recon = golden_recon(*golden, seen);
  const auto check = [&](const std::string& name, const std::map<std::string, at::Tensor>& heads) {
    INFO(name);
    const at::Tensor found = testing::build_component<ImageDistance>(lpips(*golden, heads))->by_layer(resized(seen, {425}), resized(recon, {425}));
    CHECK(golden->output_difference("lpips." + name + ".per_layer", found.t().contiguous()) == "");
    CHECK(golden->output_difference("lpips." + name + ".per_image", found.sum(1)) == "");
  };
  check("filled_lin", filled_heads(*golden));
  const auto data = testing::data_folder();
  if (data.empty()) return;
  check("published_lin", read_safetensors(data / "weights" / "lpips_v0.1_alex.safetensors"));
}

TEST_CASE("metrics.paper with the published protocol gives the reference's scores", "[metrics][golden][networks]") {
  const auto golden = testing::Golden::open("metrics");
  if (!golden) return;
  const at::Tensor seen = golden_seen(*golden);  // 224 x 224: the protocol's first resize leaves it
  testing::NodeRun run("metrics.paper");
  run.set("protocol", "brainit").set("resamples", 100).set("permutations", 100);
  run.in("seen", images_of(seen)).in("images", images_of(golden_recon(*golden, seen)));
  run.in("alexnet", alexnet(*golden, {"features.4", "features.11"})).in("lpips", lpips(*golden, filled_heads(*golden)));
  const Table table = run.run().out<Table>("table"), each = run.out<Table>("per_image");
  const auto mean = [&](const std::string& column) { return at::scalar_tensor(cell(table, column), at::kDouble); };
  CHECK(golden->output_difference("pixcorr", mean("pixcorr")) == "");
  CHECK(golden->output_difference("ssim", mean("ssim")) == "");
  CHECK(golden->output_difference("two_way.alex.features.4", mean("two_way_alex2")) == "");
  CHECK(golden->output_difference("two_way.alex.features.11", mean("two_way_alex5")) == "");
  for (const auto& [column, record] : {std::pair("color_ssim", "color_ssim.per_image"), std::pair("lpips", "lpips.filled_lin.per_image")}) {
    std::vector<double> values;
    for (const auto& row : each.rows) values.push_back(std::get<double>(row.cells.at(column)));
    CHECK(golden->output_difference(record, at::tensor(values, at::kDouble)) == "");
  }
}

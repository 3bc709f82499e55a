// LPIPS: the release's numbers on reference weights, the published heads, and the laws of a distance.
#include "golden_images.h"

#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/components/image_distance.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/testing/catch.h>
#include <bgraph/sdk/testing/golden.h>
#include <bgraph/sdk/testing/run.h>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/upsample_bilinear2d.h>

using namespace bgraph;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::vector<std::string> kAlexTaps = {"features.1", "features.4", "features.7", "features.9", "features.11"};
const std::vector<std::string> kSqueezeTaps = {"features.1", "features.4", "features.7", "features.9",
                                               "features.10", "features.11", "features.12"};

std::filesystem::path weight_file(const std::string& name) {
  const auto folder = testing::data_folder();
  if (folder.empty()) WARN("skipped: no folder of real weights (BGRAPH_DATA names it)");
  return folder.empty() ? folder : folder / "weights" / name;
}

/// As a graph makes it: a network and a file of heads.
Model lpips(const Model& network, const std::filesystem::path& heads) {
  testing::NodeRun run("features.lpips");
  run.set("heads", heads.string()).in("network", network).run();
  return run.out<Model>("distance");
}

Model alexnet_of(const testing::Golden& golden) {
  Model network = testing::recipe("features.alexnet", {{"taps", kAlexTaps}});
  for (const auto& [name, tensor] : golden.tensors())
    if (name.starts_with("features.")) network.weights[name] = tensor;
  return network;
}

/// As the published scores compare pictures: 425 pixels wide, resized without antialias.
at::Tensor enlarged(const at::Tensor& images) { return at::upsample_bilinear2d(images, {425, 425}, false); }

at::Tensor by_layer(const Model& model, const at::Tensor& a, const at::Tensor& b) {
  const at::NoGradGuard no_grad;
  return testing::build_component<ImageDistance>(model)->by_layer(a, b);
}

}  // namespace

TEST_CASE("LPIPS equals the release with filled and with published heads", "[features][lpips]") {
  const auto golden = testing::Golden::open("metrics");
  if (!golden) return;
  const at::Tensor small = metrics::golden_seen(*golden), seen = enlarged(small);
  const at::Tensor recon = enlarged(metrics::golden_recon(*golden, small));
  SECTION("filled") {
    Model model = testing::recipe("features.lpips", Json::object());
    for (const auto& [name, tensor] : golden->tensors())
      if (name.starts_with("lpips.")) model.weights[name.substr(6)] = tensor;
    model.parts["network"] = alexnet_of(*golden);
    const at::Tensor layers = by_layer(model, seen, recon);  // [8, 5]
    CHECK(golden->output_difference("lpips.filled_lin.per_layer", layers.t()) == "");
    CHECK(golden->output_difference("lpips.filled_lin.per_image", layers.sum(1)) == "");
  }
  SECTION("published") {
    const auto heads = weight_file("lpips_v0.1_alex.safetensors");
    if (heads.empty()) return;
    const at::Tensor layers = by_layer(lpips(alexnet_of(*golden), heads), seen, recon);
    CHECK(golden->output_difference("lpips.published_lin.per_layer", layers.t()) == "");
    CHECK(golden->output_difference("lpips.published_lin.per_image", layers.sum(1)) == "");
  }
}

TEST_CASE("the published heads are the ones the release ships", "[features][lpips][data]") {
  const auto golden = testing::Golden::open("metrics");
  const auto file = weight_file("lpips_v0.1_alex.safetensors");
  if (!golden || file.empty()) return;
  const auto heads = read_safetensors(file);
  for (const auto& row : (*golden)["lpips_lin_summary"]) {  // name, shape, sum, smallest, largest
    const at::Tensor weight = heads.at(row.at(0)).to(at::kDouble);
    INFO(row.at(0));
    CHECK(weight.sizes() == at::IntArrayRef(row.at(1).get<std::vector<int64_t>>()));
    CHECK(weight.sum().item<double>() == Approx(row.at(2).get<double>()).epsilon(1e-6));
    CHECK(weight.min().item<double>() == Approx(row.at(3).get<double>()).margin(1e-9));
    CHECK(weight.max().item<double>() == Approx(row.at(4).get<double>()).epsilon(1e-6));
  }
}

TEST_CASE("LPIPS of a real network is a distance that grows with the damage", "[features][lpips][data]") {
  const auto weights = weight_file("squeezenet1_1.safetensors"), heads = weight_file("lpips_v0.1_squeeze.safetensors");
  if (heads.empty()) return;
  Model network = testing::recipe("features.squeezenet", {{"taps", kSqueezeTaps}});
  for (const auto& [name, tensor] : read_safetensors(weights))
    if (name.starts_with("features.")) network.weights[name] = tensor;
  const Model model = lpips(network, heads);
  CHECK(model.params.at("channels") == Json({64, 128, 256, 384, 384, 512, 512}));
  // Smooth colour fields and the same with more and more noise on them.
  Rng rng(7, "lpips_test", "pictures", 0, 0);
  const at::Tensor clean = at::upsample_bilinear2d(rng.uniform({3, 3, 6, 6}), {64, 64}, false);
  const at::Tensor noise = rng.normal(clean.sizes());
  const auto distance = [&](const at::Tensor& a, const at::Tensor& b) { return by_layer(model, a, b).sum(1); };
  const at::Tensor little = distance(clean, (clean + 0.02 * noise).clamp(0, 1));
  const at::Tensor much = distance(clean, (clean + 0.2 * noise).clamp(0, 1));
  CHECK((distance(clean, clean) == 0).all().item<bool>());
  CHECK((little > 0).all().item<bool>());
  CHECK((much > 2 * little).all().item<bool>());
  CHECK(much.allclose(distance((clean + 0.2 * noise).clamp(0, 1), clean), 1e-6, 1e-7));
}

TEST_CASE("LPIPS refuses a network tapped elsewhere, and one that is missing", "[features][lpips]") {
  Model model = testing::recipe("features.lpips", Json::object());
  CHECK_THROWS_WITH(testing::build_component<ImageDistance>(model), ContainsSubstring("'network'"));
  model.parts["network"] = testing::recipe("features.alexnet", {{"taps", {"features.4", "features.11"}}});
  CHECK_THROWS_WITH(testing::build_component<ImageDistance>(model), ContainsSubstring("2 taps for 5 heads"));
  model.params["channels"] = {64, 192};
  CHECK_THROWS_WITH(by_layer(model, at::zeros({1, 3, 64, 64}), at::zeros({1, 3, 64, 64})),
                    ContainsSubstring("has 192 channels, its head 64"));
}

#include "paper_scene.h"

#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/testing/run.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace bgraph::metrics {

namespace {

at::Tensor noise(at::IntArrayRef shape, int64_t index) { return Rng(21, "test", "paper", 0, index).uniform(shape); }

}  // namespace

Images small_pictures(int64_t count, int64_t first_id, int64_t index) {
  const at::Tensor coarse = noise({count, 3, 5, 4}, index);
  return {at::upsample_bilinear2d(coarse, {20, 18}, false), at::arange(first_id, first_id + count, at::kLong),
          at::full({count}, -1, at::kLong), "made", "validation"};
}

Images degraded(const Images& pictures, double share, int64_t index) {
  Images out = pictures;
  out.pixels = share * pictures.pixels + (1 - share) * noise(pictures.pixels.sizes(), index);
  return out;
}

Model small_network(int64_t index) {
  Model model = testing::recipe("features.convnet", {{"channels", {4, 6}}, {"image_size", 16}});
  const auto built = testing::build_component<ImageBackbone>(model);
  built->initialise(Rng(22, "test", "network", 0, index));
  model.weights = weights_of(*built);
  model.notes["name"] = "small" + std::to_string(index);
  return model;
}

std::string small_definition() {
  const std::string file = (std::filesystem::temp_directory_path() / ("bgraph_definition_" + std::to_string(::getpid()) + ".json")).string();
  std::ofstream(file) << R"({
    "name": "small", "version": 3, "source": "the test", "first": {"size": 16, "method": "bilinear"},
    "steps": [
      {"score": "pixcorr", "measure": "pixcorr", "size": 24, "method": "bilinear"},
      {"score": "ssim", "measure": "ssim", "size": 24, "method": "bilinear"},
      {"score": "color_ssim", "measure": "color_ssim", "size": 24, "method": "bilinear"},
      {"score": "two_way_shallow", "measure": "two_way", "network": "alexnet", "tap": "stage1", "size": 12, "method": "bilinear"},
      {"score": "two_way_deep", "measure": "two_way", "network": "alexnet", "tap": "stage2", "size": 12, "method": "bilinear"},
      {"score": "distance", "measure": "correlation_distance", "network": "clip", "tap": "stage2", "size": 8, "method": "bilinear_antialias"},
      {"score": "top1", "measure": "top1", "network": "clip", "tap": "stage2", "size": 8, "method": "bilinear_antialias", "ways": 5},
      {"score": "top1_outside", "measure": "top1_outside", "network": "clip", "tap": "stage2", "size": 8, "method": "bilinear_antialias", "ways": 5}
    ]})";
  return file;
}

}  // namespace bgraph::metrics

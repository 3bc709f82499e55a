#include "world.h"

#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/testing/run.h>
#include <torch/types.h>

namespace bgraph::encoding {

namespace {

constexpr int64_t kVoxels[] = {5, 8};

/// Response of global voxel v to images [N, 3, 16, 16]: one colour in one quadrant, about unit variance.
at::Tensor response(const at::Tensor& images, int64_t v) {
  const int64_t colour = v % 3, y = v / 3 % 2 * 8, x = v / 6 % 2 * 8;
  const auto seen = images.select(1, colour).slice(1, y, y + 8).slice(2, x, x + 8).mean({1, 2});
  return (seen - 0.5) * 3.464;  // uniform in [0, 1]: sd 1 / sqrt(12)
}

}  // namespace

World make_world(int64_t trials, int64_t first_image, const std::string& split, double noise, int64_t seed) {
  World world;
  Rng rng(seed, "test", "world", 0, 0);
  const int64_t N = 2 * trials;
  const auto pixels = rng.uniform({N, 3, 2, 2}).repeat_interleave(8, 2).repeat_interleave(8, 3);
  world.images = {pixels, at::arange(first_image, first_image + N), at::full({N}, -1, at::kLong), "test", split};
  world.betas.id_space = "test";
  world.betas.split = split;
  int64_t first = 0;
  for (int64_t s = 0; s < 2; ++s) {
    const auto seen = pixels.narrow(0, s * trials, trials);
    std::vector<at::Tensor> columns;
    for (int64_t v = first; v < first + kVoxels[s]; ++v) columns.push_back(response(seen, v));
    const auto clean = at::stack(columns, 1);
    world.betas.subjects.push_back({"subj" + std::to_string(s + 1), first, clean + noise * rng.normal(clean.sizes()),
                                    world.images.image_id.narrow(0, s * trials, trials), at::zeros({trials}, at::kLong),
                                    at::zeros({trials}, at::kLong)});
    first += kVoxels[s];
  }
  auto& voxels = world.voxels;
  voxels.subject = at::cat({at::zeros({5}, at::kLong), at::ones({8}, at::kLong)});
  voxels.position = at::zeros({13, 3});
  voxels.hemisphere = voxels.roi = voxels.parcel = at::full({13}, -1, at::kLong);
  voxels.ncsnr = at::ones({13});
  voxels.subjects = {"subj1", "subj2"};
  return world;
}

Model small_backbone() {
  Model model = testing::recipe("features.convnet",
                                {{"channels", {6, 9}}, {"image_size", 16}, {"taps", {"stage1", "stage2"}}});
  const auto network = testing::build_component<ImageBackbone>(model);
  network->initialise(Rng(3, "test", "backbone", 0, 0));
  model.weights = weights_of(*network);
  return model;
}

}  // namespace bgraph::encoding

#include "toy_decoding.h"

#include <torch/types.h>

namespace bgraph::testing {

namespace {

constexpr int64_t kLatent = 5;
constexpr int64_t kSubjectVoxels[] = {33, 26};

std::vector<int64_t> range(int64_t begin, int64_t end) {
  std::vector<int64_t> all;
  for (int64_t i = begin; i < end; ++i) all.push_back(i);
  return all;
}

Rng draws(const std::string& purpose, int64_t index = 0) { return {5, "toy_decoding", purpose, 0, index}; }

}  // namespace

ToyDecoding::ToyDecoding(int64_t train_images, int64_t validation_images, double noise) : noise_(noise) {
  latent_ = draws("latent").normal({train_images + validation_images, kLatent});
  for (int64_t s = 0; s < 2; ++s) tuning_.push_back(draws("tuning", s).normal({kLatent, kSubjectVoxels[s]}));
  token_maps_ = {draws("tokens", 0).normal({kLatent, 4 * 6}), draws("tokens", 1).normal({kLatent, 3 * 5})};
  const auto seen = range(0, train_images), held_out = range(train_images, train_images + validation_images);
  train = betas_of(seen, 2, "train");
  validation = betas_of(held_out, 3, "validation");
  train_targets = features_of(seen, "train");
  validation_targets = features_of(held_out, "validation");

  const int64_t count = kSubjectVoxels[0] + kSubjectVoxels[1];
  const at::Tensor none = at::full({count}, -1, at::kLong);
  voxels = {.subject = at::arange(count).ge(kSubjectVoxels[0]).to(at::kLong), .position = at::zeros({count, 3}),
            .hemisphere = none, .roi = none, .parcel = none, .ncsnr = at::ones({count}), .subjects = {"sub1", "sub2"}};
  v2c = {.cluster = at::arange(count) % 7, .centres = at::zeros({7, 0}), .method = "test"};
}

Betas ToyDecoding::betas_of(const std::vector<int64_t>& images, int64_t repeats, const std::string& split) const {
  Betas betas{.id_space = "toy", .split = split};
  int64_t first_voxel = 0;
  for (int64_t s = 0; s < 2; ++s) {
    std::vector<int64_t> ids, counts;
    for (int64_t repeat = 0; repeat < repeats; ++repeat)
      for (const int64_t image : images) ids.push_back(image), counts.push_back(repeat);
    const at::Tensor id = at::tensor(ids);
    const at::Tensor clean = at::matmul(latent_.index_select(0, id), tuning_[static_cast<size_t>(s)]);
    const at::Tensor error = draws("noise " + split, s).normal(clean.sizes()) * noise_;
    betas.subjects.push_back({s == 0 ? "sub1" : "sub2", first_voxel, clean + error, id, at::tensor(counts),
                              at::zeros_like(id)});
    first_voxel += kSubjectVoxels[s];
  }
  return betas;
}

Features ToyDecoding::features_of(const std::vector<int64_t>& images, const std::string& split) const {
  const at::Tensor id = at::tensor(images);
  const auto tokens = [&](size_t l, int64_t positions, int64_t dim) {
    return at::matmul(latent_.index_select(0, id), token_maps_[l]).view({id.numel(), positions, dim});
  };
  return {.layers = {{"shallow", 3 * tokens(0, 4, 6), 2, 2}, {"deep", tokens(1, 3, 5), 0, 0}},
          .image_id = id, .id_space = "toy", .split = split, .network = "toy network"};
}

}  // namespace bgraph::testing

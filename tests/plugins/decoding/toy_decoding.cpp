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
    SubjectBetas subject = responses(images, repeats, tuning_[static_cast<size_t>(s)], draws("noise " + split, s));
    subject.subject = s == 0 ? "sub1" : "sub2";
    subject.first_voxel = first_voxel;
    betas.subjects.push_back(std::move(subject));
    first_voxel += kSubjectVoxels[s];
  }
  return betas;
}

SubjectBetas ToyDecoding::responses(const std::vector<int64_t>& images, int64_t repeats, const at::Tensor& tuning, Rng noise) const {
  std::vector<int64_t> ids, counts;
  for (int64_t repeat = 0; repeat < repeats; ++repeat)
    for (const int64_t image : images) ids.push_back(image), counts.push_back(repeat);
  const at::Tensor id = at::tensor(ids);
  const at::Tensor clean = at::matmul(latent_.index_select(0, id), tuning);
  return {"", 0, clean + noise.normal(clean.sizes()) * noise_, id, at::tensor(counts), at::zeros_like(id)};
}

NewSubject ToyDecoding::new_subject(int64_t trials) const {
  constexpr int64_t kVoxels = 29;
  const at::Tensor old = at::cat(tuning_, 1);  // [5, 59]
  const at::Tensor like = draws("new neighbours").permutation(old.size(1)).narrow(0, 0, kVoxels);
  const at::Tensor tuning = old.index_select(1, like) + draws("new tuning").normal({kLatent, kVoxels}) * 0.3;
  const auto as = [&](const std::string& split, const std::vector<int64_t>& images, int64_t repeats) {
    Betas betas{.id_space = "toy", .split = split};
    betas.subjects.push_back(responses(images, repeats, tuning, draws("new noise " + split)));
    betas.subjects.back().subject = "sub3";
    return betas;
  };
  const at::Tensor none = at::full({kVoxels}, -1, at::kLong), held_out = validation.subjects[0].image_id.slice(0, 0, validation_targets.size());
  return {.train = as("train", range(0, trials), 1),
          .validation = as("validation", {held_out.data_ptr<int64_t>(), held_out.data_ptr<int64_t>() + held_out.numel()}, 3),
          .voxels = {.subject = at::zeros({kVoxels}, at::kLong), .position = at::zeros({kVoxels, 3}), .hemisphere = none, .roi = none,
                     .parcel = none, .ncsnr = at::ones({kVoxels}), .subjects = {"sub3"}},
          .v2c = {.cluster = v2c.cluster.index_select(0, like), .centres = v2c.centres, .method = v2c.method},
          .neighbour = like};
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

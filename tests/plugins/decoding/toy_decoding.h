// A decoding problem small enough for a test: images are points in a latent space, tokens and responses are
// linear in them, responses with noise.
#pragma once

#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/values.h>

namespace bgraph::testing {

/// Somebody whose voxels are each like a voxel of those above, and of whom there are few trials.
struct NewSubject {
  Betas train, validation;
  Voxels voxels;
  ClusterMap v2c;
  at::Tensor neighbour;  // [V] int64, of the voxels above
};

struct ToyDecoding {
  explicit ToyDecoding(int64_t train_images = 60, int64_t validation_images = 12, double noise = 0.3);

  Betas betas_of(const std::vector<int64_t>& images, int64_t repeats, const std::string& split) const;
  Features features_of(const std::vector<int64_t>& images, const std::string& split) const;

  NewSubject new_subject(int64_t trials) const;  // single trials of the first training images

  Betas train, validation;
  Features train_targets, validation_targets;
  Voxels voxels;
  ClusterMap v2c;

 private:
  SubjectBetas responses(const std::vector<int64_t>& images, int64_t repeats, const at::Tensor& tuning, Rng noise) const;

  at::Tensor latent_;                    // [images, 5]
  std::vector<at::Tensor> tuning_;       // per subject [5, V_s]
  std::vector<at::Tensor> token_maps_;   // per layer [5, P * D]
  double noise_;
};

}  // namespace bgraph::testing

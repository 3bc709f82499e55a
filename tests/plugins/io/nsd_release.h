// A release of the Natural Scenes Dataset in small: the same names, types, orders and traps, sizes by the same rules.
//
//   6 trials a session instead of 750, 60 images a subject instead of 10000 (hence 6 shared), 20 vertices a hemisphere,
//   volumes of 5 x 4 x 3 voxels; two runs of 3 trials a session. Subject 6 has NaN vertices.
#pragma once

#include "written_files.h"

namespace bgraph::testing {

struct NsdRelease {
  static constexpr int64_t kTrials = 6, kImages = 60, kShared = 6, kVertices = 20, kX = 5, kY = 4, kZ = 3;

  ScratchFolder folder;
  std::vector<std::string> subjects;
  int64_t sessions;         // out of 40, as far as a subject has them
  at::Tensor ordering;  // [240] from 1
  at::Tensor images;    // [8, 60] from 1

  explicit NsdRelease(std::vector<std::string> who = {"subj01", "subj06"}, int64_t sessions_of_40 = 2);
  int64_t sessions_of(const std::string& subject) const;
  void write_challenge();  // algonauts/subjAA/roi_masks: every vertex but 0 and 1
  std::string root() const { return folder.path.string(); }
  void write_surfaces();
  void write_volumes(const std::string& ending);  // ".hdf5", ".nii" or ".nii.gz"
  void write_stimuli();
  void write_synthetic(const std::string& space);  // the extra session of 7 trials: design, stimuli, betas of "fsaverage" or "func1pt8mm"

  static constexpr int64_t kExtra = 7, kGrey = 220, kColour = 64;
  at::Tensor extra;  // [7] from 1, of 284

  /// What a beta was made from: percent signal change of a vertex (0-19 left, 20-39 right) or voxel.
  static float surface_beta(const std::string& subject, int64_t trial, int64_t vertex);
  static int16_t volume_beta(const std::string& subject, int64_t trial, int64_t voxel);

  int64_t image(const std::string& subject, int64_t trial) const;  // 73k number from 0
  bool shared(int64_t trial) const;
};

}  // namespace bgraph::testing

// Recordings: responses of subjects, each with the image that was shown. What encoders are fitted to and scored on.
//
// One sample is one image of one subject, its response the mean over that subject's repeats of it (or one trial,
// where repeats are kept apart). Responses of a list of Betas are joined subject by subject. A voxel that is NaN in any sample is not measured: it is
// left out (and counted), never filled in.
#pragma once

#include <bgraph/sdk/values.h>

namespace bgraph::encoding {

struct SubjectRecordings {
  std::string subject;
  int64_t first_voxel = 0;
  at::Tensor betas;      // [N, V] float32; 0 where not measured
  at::Tensor image;      // [N] int64, row in Recordings::pixels
  at::Tensor measured;   // [n] int64, columns without NaN
  double noise = 1.0;    // mean over the samples of 1 / repeats averaged: the share of trial noise left

  int64_t samples() const { return betas.size(0); }
};

struct Recordings {
  at::Tensor pixels;    // [M, 3, H, W] as stored, each seen image once
  at::Tensor image_id;  // [M]
  std::string id_space;
  std::string split;
  std::vector<SubjectRecordings> subjects;

  int64_t samples() const;
  int64_t unmeasured() const;               // voxels left out
  at::Tensor unit_range(const at::Tensor& rows) const;  // [B, 3, H, W] float32 in [0, 1]
};

enum class Repeats { averaged, apart };

/// Errors: an image id without an image, another id space, subjects that are not in `voxels` or whose voxel
/// range differs, responses that are lazy views (materialise them first).
Recordings record(const std::vector<Betas>& betas, const std::vector<Images>& images, const Voxels& voxels,
                  Repeats repeats = Repeats::averaged);

}  // namespace bgraph::encoding

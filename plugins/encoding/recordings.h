// Recordings: responses of subjects, each with the image that was shown. What encoders are fitted to and scored on.
//
// One sample is one image of one subject, its response the mean over that subject's repeats of it (or one trial,
// where repeats are kept apart). Responses of a list of Betas are joined subject by subject. A voxel that is NaN in any sample is not measured: it is
// left out (and counted), never filled in. Responses in files may stay there: samples are then read when they are asked for.
#pragma once

#include <bgraph/sdk/values.h>
#include <bgraph/sdk/values/response_rows.h>

#include <memory>
#include <string>
#include <vector>

namespace bgraph::encoding {

struct SubjectRecordings {
  std::string subject;
  int64_t first_voxel = 0;
  at::Tensor betas;      // [N, V] float32; 0 where not measured; undefined where they are in files
  std::shared_ptr<const ResponseRows> in_files;
  int64_t voxels = 0;
  at::Tensor image;      // [N] int64, row in Recordings::images
  at::Tensor measured;   // [n] int64, columns without NaN
  double noise = 1.0;    // mean over the samples of 1 / repeats averaged: the share of trial noise left

  int64_t samples() const { return image.numel(); }
  /// Responses of these samples, [n, V]; what they are where not measured does not matter.
  at::Tensor responses(Context& ctx, const at::Tensor& index) const { return in_files ? in_files->read(ctx, index) : betas.index_select(0, index); }
};

struct Recordings {
  Images images;        // [M], each seen image once; in files as long as they were given so
  std::string id_space;
  std::string split;
  std::vector<SubjectRecordings> subjects;

  int64_t samples() const;
  int64_t unmeasured() const;               // voxels left out
};

enum class Repeats { averaged, apart };

/// Errors: an image id without an image, another id space, subjects that are not in `voxels` or whose voxel
/// range differs, responses that are lazy views (materialise them first). Responses in files are left there, after one pass over
/// them; `reading` is needed for that alone.
Recordings record(const std::vector<Betas>& betas, const std::vector<Images>& images, const Voxels& voxels,
                  Repeats repeats = Repeats::averaged, Context* reading = nullptr);

}  // namespace bgraph::encoding

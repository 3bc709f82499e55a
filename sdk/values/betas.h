// Betas: responses of one or many subjects, trial by trial.
#pragma once

#include <bgraph/sdk/value.h>

#include <memory>
#include <string>
#include <vector>

namespace bgraph {

class Context;
struct StoredRows;  // rows that stay in the data set's own files (stored_rows.h)

/// One subject's trials. A voxel's global index (in Voxels, VoxelTable, ClusterMap) is first_voxel + column.
struct SubjectBetas {
  std::string subject;
  int64_t first_voxel = 0;
  at::Tensor betas;     // [N, V] float32, z-scored where the producing node says so; NaN = not measured;
                        // undefined while the rows are `stored`
  at::Tensor image_id;  // [N] int64: which image was shown
  at::Tensor repeat;    // [N] int64: count of this presentation for its image, from 0; -1 = averaged
  at::Tensor session;   // [N] int64; -1 = unknown
  std::shared_ptr<const StoredRows> stored = {};  // where the rows are, until they are asked for

  int64_t trials() const { return image_id.size(0); }
  int64_t voxels() const;
  SubjectBetas select(const at::Tensor& index) const;   // rows, index [M] int64
  SubjectBetas columns(const at::Tensor& index) const;  // voxels, index [W] int64 ascending; first_voxel stays
};

/// Responses not yet computed: an encoder's predictions for images, evaluated when rows are asked for.
struct BetasView {
  std::string encoder;  // digest of the Model
  std::string table;    // digest of the VoxelTable
  std::string images;   // digest of the Images
  std::string voxels;   // digest of the Voxels
  int64_t batch = 0;    // fixed evaluation batch: rows change in the last bits with it
};

struct Betas {
  static constexpr const char* kType = "Betas";

  std::vector<SubjectBetas> subjects;
  std::string id_space;           // numbering of image_id
  std::string split;              // "train", "validation", "test", "external" or ""
  bool predicted = false;         // from an encoder, not measured
  std::vector<BetasView> views;   // at most one; when set, `subjects` is empty
  Json done = Json::array();      // what was done to the responses, in order: {"what": "zscore", "stats": "train", ...}

  /// False for a view, and while a subject's rows are stored: `materialized` (betas_view.h) makes it true.
  bool in_memory() const;
  Betas opened(Context& ctx) const;  // stored rows read; a view stays a view
  int64_t trials() const;
  int64_t voxels() const;  // of all subjects together (the last global index + 1)
  Betas rows(int64_t begin, int64_t end) const;  // the same row range of every subject
  static Betas concat(const std::vector<Betas>& parts);

  Value to_value() const;
  static Betas from_value(const Value& value);
};

/// Which trials show each image: images in order of first appearance.
struct RepeatsOfImages {
  std::vector<std::vector<int64_t>> rows;
  at::Tensor image_id;  // [I]
};
RepeatsOfImages repeats_of_images(const at::Tensor& image_id);

/// Mean over the repeats of each image, in order of first appearance; NaN where every repeat is NaN.
SubjectBetas average_repeats(const SubjectBetas& trials);

}  // namespace bgraph

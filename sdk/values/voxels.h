// Voxels: one row per voxel of all subjects, in the order of global voxel indices.
#pragma once

#include <bgraph/sdk/value.h>

#include <string>
#include <vector>

namespace bgraph {

struct Voxels {
  static constexpr const char* kType = "Voxels";

  at::Tensor subject;     // [V] int64, index into subjects
  at::Tensor position;    // [V, 3] float32 in `space` and `unit`; NaN where unknown
  at::Tensor hemisphere;  // [V] int64: 0 left, 1 right, -1 unknown
  at::Tensor roi;         // [V] int64, index into roi_names; -1 = none
  at::Tensor parcel;      // [V] int64, index into parcel_names; -1 = none
  at::Tensor ncsnr;       // [V] float32, unitless; NaN where unknown
  std::vector<std::string> subjects;
  std::vector<std::string> roi_names;
  std::vector<std::string> parcel_names;
  std::string space;      // "fsaverage", "func1pt8mm", "toy-sheet", "" = unknown
  std::string unit = "mm";  // of position: "mm", or "index" for voxel numbers along the axes of a volume
  at::Tensor place;       // [V] int64: vertex of the hemisphere's surface, or element of the volume (last axis fastest);
                          // undefined where the source has neither
  std::vector<std::string> mask_names;  // regions that may overlap: "V1v", "FFA-1", ...
  at::Tensor masks;       // [M, V] bool; undefined without names

  Voxels select(const at::Tensor& index) const;  // index [W] int64, ascending
  /// The region's mask [V] bool: of mask_names, else of roi_names. Error naming what there is.
  at::Tensor region(const std::string& name) const;

  int64_t size() const { return subject.size(0); }
  int64_t first_voxel(int64_t subject_index) const;
  int64_t voxel_count(int64_t subject_index) const;

  Value to_value() const;
  static Voxels from_value(const Value& value);
};

}  // namespace bgraph

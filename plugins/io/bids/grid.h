// Betas of a run as [trials, voxels], whichever way they are stored, and where those voxels are.
//
//   .nii .nii.gz                  [T, Z, Y, X]; kept is what every mask keeps; positions in mm by the affine
//   .dscalar.nii .dtseries.nii    [T, grayordinates]; vertices keep their number, voxels of the volume have place -1
//   hemi-L and hemi-R .gii        an array a trial; left before right
//
// Every run of a subject must have the grid of its first.
#pragma once

#include "names.h"

#include <bgraph/sdk/values/voxels.h>

namespace bgraph::io::bids {

class Grid {
 public:
  Grid(std::string subject, std::string space) : subject_(std::move(subject)), space_(std::move(space)) {}

  /// Masks of the volume, kept where all are above 0. Error if they differ in shape.
  void keep(const std::vector<std::filesystem::path>& masks);

  /// The betas of one run, in one file, or two of hemispheres.   [T, V] float32
  at::Tensor betas(const std::vector<Name>& files);

  Voxels voxels() const;  // after the first betas

 private:
  at::Tensor volume(const std::filesystem::path& file);
  at::Tensor grayordinates(const std::filesystem::path& file);
  at::Tensor surfaces(const std::vector<Name>& files);
  void expect_columns(const std::filesystem::path& file, int64_t found);

  std::string subject_, space_;
  std::vector<int64_t> shape_;            // of a volume
  at::Tensor inside_;                     // [Z * Y * X] bool, undefined without masks
  std::filesystem::path mask_file_;
  at::Tensor place_, hemisphere_, position_;  // [V], [V], [V, 3]; undefined before the first run
};

}  // namespace bgraph::io::bids

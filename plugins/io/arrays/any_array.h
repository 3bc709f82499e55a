// One array of any file bgraph reads, whatever its format.
//
//   .npy                           the array                    .npz                  item = name of the array
//   .h5 .hdf5                      item = dataset               .mat                  item = variable, as MATLAB shows it
//   .nii .nii.gz                   [..., Z, Y, X]               .dscalar.nii and kin  [maps, grayordinates]
//   .mgh .mgz                      [frames, depth, height, width]
//   .annot                         table row of every vertex    .label                item = "vertex" or "value"
//   .gii                           item = number of the array   .tsv .csv             item = column, as numbers
//   lh.white, .pial, .inflated, .sphere   item = "vertices" or "faces"
//   lh.curv, .sulc, .thickness, .area     a number per vertex
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace bgraph::io {

/// Error naming the file, and the item or what there is to choose from.
at::Tensor read_array(const std::string& path, const std::string& item);

}  // namespace bgraph::io

// NSD's region files: label images and surfaces -> one named mask per region.
//
// Labels above 0 are regions; 0 and -1 (outside the cortical ribbon) are none. Names come from the `.ctab` beside the surface
// labels, else from the data manual's table. A label exists per subject (native surface) or on fsaverage; native ones are
// brought over by the subject's own nearest-vertex file. Source: NSD data manual, ROIs.
#pragma once

#include <ATen/core/Tensor.h>
#include <bgraph/sdk/values/voxels.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace bgraph::io::nsd {

/// value -> name of an atlas; {} if neither a table nor a `.ctab` knows it. Without a root (""), the table alone.
std::map<int64_t, std::string> region_names(const std::string& root, const std::string& subject, const std::string& atlas);

/// Labels of a hemisphere ("lh", "rh") on fsaverage: of fsaverage itself, or the subject's own brought over; undefined if the
/// release has neither.   [vertices] int64
at::Tensor surface_label(const std::string& root, const std::string& subject, const std::string& hemisphere, const std::string& atlas);

/// Labels of the volume [Z * Y * X] int64, undefined if there is no such file; `shape` gets [Z, Y, X].
at::Tensor volume_label(const std::string& root, const std::string& subject, const std::string& space, const std::string& atlas,
                        std::vector<int64_t>& shape);

/// Adds a mask per region of an atlas: labels [V] int64 of some voxels -> masks of the whole set, from voxel `first` on.
void add_masks(Voxels& voxels, int64_t first, const at::Tensor& labels, const std::map<int64_t, std::string>& names);

}  // namespace bgraph::io::nsd

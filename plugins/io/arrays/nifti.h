// NIfTI-1 and NIfTI-2, .nii and .nii.gz, either byte order.
//
// Shapes are given with the slowest axis first: a 4-D image (X, Y, Z, T on disk) is [T, Z, Y, X], as the numbers lie in the file.
//   value = stored * slope + inter, unless slope is 0 (then as stored)
//   mm_from_index: sform if its code is above 0, else qform, else voxel sizes alone
// Pairs of .hdr and .img, complex and RGB data are refused by name. Source: the NIfTI-1 and NIfTI-2 headers, nifti.nimh.nih.gov.
#pragma once

#include <bgraph/sdk/data/array_ref.h>

#include <array>
#include <string>
#include <utility>

namespace bgraph::io {

struct Nifti {
  std::vector<int64_t> shape;  // slowest axis first
  NumberCode code;
  double slope = 0, inter = 0;
  std::array<std::array<double, 4>, 3> mm_from_index{};  // of (x, y, z)
  int64_t intent = 0;
  std::vector<std::pair<int32_t, std::string>> extensions;  // code, content
  uint64_t offset = 0;
  at::Tensor data;  // as stored where slope is 0 or the identity, else float32

  bool scaled() const { return slope != 0 && (slope != 1 || inter != 0); }
};

Nifti read_nifti(const std::string& path);
Nifti read_nifti_header(const std::string& path);

/// The last axis on disk (trials) as rows. Error for a compressed file or one with an intercept.
ArrayRef nifti_reference(const std::string& path);

}  // namespace bgraph::io

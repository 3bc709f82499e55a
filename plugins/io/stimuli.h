// Pictures of an HDF5 file by number: [N, H, W, 3] or [N, 3, H, W], bytes or floats in 0..1.
//
//   const Stimuli stimuli(path, "imgBrick");
//   central_squares(stimuli.pictures({3, 17}), {256, ResizeMethod::gaussian})     // [2, 3, 256, 256] uint8
#pragma once

#include <bgraph/sdk/data/array_ref.h>
#include <bgraph/sdk/data/hdf5_file.h>

#include <span>
#include <string>

namespace bgraph::io {

class Stimuli {
 public:
  /// Error for another shape.
  Stimuli(const std::string& path, const std::string& dataset);

  const std::string& path() const { return path_; }
  int64_t count() const { return data_.shape()[0]; }

  /// Where they are, without the file's digest.
  ArrayRef reference() const;

  /// Whole pictures.   [n, 3, H, W] uint8
  at::Tensor pictures(std::span<const int64_t> number) const;

 private:
  std::string path_, dataset_;
  Hdf5Dataset data_;
};

}  // namespace bgraph::io

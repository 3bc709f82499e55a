// Pictures of an HDF5 file by number: [N, H, W, 3] or [N, 3, H, W], bytes or floats in 0..1.
//
//   const Stimuli stimuli(path, "imgBrick");
//   stimuli.squares({3, 17}, {256, ResizeMethod::gaussian})     // [2, 3, 256, 256] uint8
#pragma once

#include <bgraph/sdk/data/hdf5_file.h>
#include <bgraph/sdk/data/resize.h>

#include <span>
#include <string>

namespace bgraph::io {

class Stimuli {
 public:
  /// Error for another shape.
  Stimuli(const std::string& path, const std::string& dataset);

  const std::string& path() const { return path_; }
  int64_t count() const { return data_.shape()[0]; }

  /// Whole pictures.   [n, 3, H, W] uint8
  at::Tensor pictures(std::span<const int64_t> number) const;

 private:
  std::string path_;
  Hdf5Dataset data_;
  bool planes_last_ = false;
};

/// Cut to the central square and resized.   [n, 3, H, W] uint8 -> [n, 3, size, size] uint8
at::Tensor central_squares(const at::Tensor& pictures, Resize to);

}  // namespace bgraph::io

// FreeSurfer's .mgh and .mgz: volumes and per-vertex maps, big-endian, first axis fastest.
//
//   0 version 1 | 4 width height depth frames | 20 type | 28 goodRAS | 30 voxel size, cosines, centre | 284 data
//
// Shapes are given with the slowest axis first: [frames, depth, height, width]; surface data are [frames, 1, 1, vertices].
// Types 0 uint8, 1 int32, 3 float32, 4 int16, 10 uint16. What follows the data (scan parameters, tags) is not read.
// Source: FreeSurfer's own description of the format.
#pragma once

#include <bgraph/sdk/data/array_ref.h>

#include <array>
#include <string>

namespace bgraph::io {

struct Mgh {
  std::vector<int64_t> shape;                 // [frames, depth, height, width]
  NumberCode code;
  std::array<std::array<double, 4>, 3> mm_from_index{};  // RAS mm of (column, row, slice)
  at::Tensor data;                            // shape; undefined if only the header was asked for
};

Mgh read_mgh(const std::string& path);
Mgh read_mgh_header(const std::string& path);

/// Frames as rows [frames, depth * height * width]; Error for a compressed file, whose rows cannot be reached.
ArrayRef mgh_reference(const std::string& path);

}  // namespace bgraph::io

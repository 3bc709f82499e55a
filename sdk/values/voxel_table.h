// VoxelTable: learned rows per voxel, kept apart from the network that uses them.
#pragma once

#include <bgraph/sdk/value.h>

#include <string>

namespace bgraph {

struct VoxelTable {
  static constexpr const char* kType = "VoxelTable";

  at::Tensor rows;     // [V, D] float32, by global voxel index
  std::string voxels;  // hex digest of the Voxels value they belong to

  Value to_value() const;
  static VoxelTable from_value(const Value& value);
};

}  // namespace bgraph

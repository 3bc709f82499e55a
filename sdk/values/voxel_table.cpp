#include <bgraph/sdk/values/voxel_table.h>

namespace bgraph {

Value VoxelTable::to_value() const {
  return {.type = kType,
          .meta = {{"voxels", voxels}, {kItems, rows.size(0)}},
          .tensors = {{"rows", rows}}};
}

VoxelTable VoxelTable::from_value(const Value& value) {
  return {value.tensors.at("rows"), value.meta.at("voxels")};
}

}  // namespace bgraph

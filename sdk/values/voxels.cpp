#include <bgraph/sdk/values/voxels.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/values/tensor.h>

namespace bgraph {

int64_t Voxels::voxel_count(int64_t subject_index) const {
  return subject.eq(subject_index).sum().item<int64_t>();
}

int64_t Voxels::first_voxel(int64_t subject_index) const {
  return subject.lt(subject_index).sum().item<int64_t>();
}

Value Voxels::to_value() const {
  for (const auto& [name, column] : {std::pair{"position", position}, {"hemisphere", hemisphere},
                                     {"roi", roi}, {"parcel", parcel}, {"ncsnr", ncsnr}})
    if (column.size(0) != size())
      throw ShapeError(std::to_string(size()) + " voxels, but '" + name + "' is " + shape_text(column));
  return {.type = kType,
          .meta = {{"subjects", subjects}, {"roi_names", roi_names}, {"parcel_names", parcel_names},
                   {"space", space}, {kItems, size()}},
          .tensors = {{"subject", subject}, {"position", position}, {"hemisphere", hemisphere},
                      {"roi", roi}, {"parcel", parcel}, {"ncsnr", ncsnr}}};
}

Voxels Voxels::from_value(const Value& value) {
  return {value.tensors.at("subject"), value.tensors.at("position"), value.tensors.at("hemisphere"),
          value.tensors.at("roi"), value.tensors.at("parcel"), value.tensors.at("ncsnr"),
          value.meta.at("subjects"), value.meta.at("roi_names"), value.meta.at("parcel_names"),
          value.meta.at("space")};
}

}  // namespace bgraph

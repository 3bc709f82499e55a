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

Voxels Voxels::select(const at::Tensor& index) const {
  Voxels some = *this;
  for (at::Tensor* column : {&some.subject, &some.position, &some.hemisphere, &some.roi, &some.parcel, &some.ncsnr})
    *column = column->index_select(0, index);
  if (place.defined()) some.place = place.index_select(0, index);
  if (masks.defined()) some.masks = masks.index_select(1, index);
  return some;
}

at::Tensor Voxels::region(const std::string& name) const {
  for (size_t m = 0; m < mask_names.size(); ++m)
    if (mask_names[m] == name) return masks.select(0, static_cast<int64_t>(m));
  for (size_t r = 0; r < roi_names.size(); ++r)
    if (roi_names[r] == name) return roi.eq(static_cast<int64_t>(r));
  std::vector<std::string> known = mask_names;
  known.insert(known.end(), roi_names.begin(), roi_names.end());
  std::string all;
  for (const auto& other : known) all += (all.empty() ? "" : ", ") + other;
  throw Error("there is no region '" + name + "'; there are " + (all.empty() ? "none" : all), did_you_mean(name, known));
}

Value Voxels::to_value() const {
  for (const auto& [name, column] : {std::pair{"position", position}, {"hemisphere", hemisphere},
                                     {"roi", roi}, {"parcel", parcel}, {"ncsnr", ncsnr}})
    if (column.size(0) != size())
      throw ShapeError(std::to_string(size()) + " voxels, but '" + name + "' is " + shape_text(column));
  Value value{.type = kType,
              .meta = {{"subjects", subjects}, {"roi_names", roi_names}, {"parcel_names", parcel_names},
                       {"space", space}, {"unit", unit}, {kItems, size()}},
              .tensors = {{"subject", subject}, {"position", position}, {"hemisphere", hemisphere},
                          {"roi", roi}, {"parcel", parcel}, {"ncsnr", ncsnr}}};
  if (place.defined()) value.tensors["place"] = place;
  if (masks.defined()) value.meta["mask_names"] = mask_names, value.tensors["masks"] = masks;
  return value;
}

Voxels Voxels::from_value(const Value& value) {
  Voxels voxels{value.tensors.at("subject"), value.tensors.at("position"), value.tensors.at("hemisphere"),
                value.tensors.at("roi"), value.tensors.at("parcel"), value.tensors.at("ncsnr"),
                value.meta.at("subjects"), value.meta.at("roi_names"), value.meta.at("parcel_names"),
                value.meta.at("space"), value.meta.at("unit")};
  if (const auto found = value.tensors.find("place"); found != value.tensors.end()) voxels.place = found->second;
  if (const auto found = value.tensors.find("masks"); found != value.tensors.end()) {
    voxels.masks = found->second;
    voxels.mask_names = value.meta.at("mask_names").get<std::vector<std::string>>();
  }
  return voxels;
}

}  // namespace bgraph

#include "subject_set.h"

#include <bgraph/sdk/data/wrong_file.h>
#include <bgraph/sdk/values/stored_rows.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace bgraph::io {

Voxels unlabelled_voxels(const std::string& subject, const std::string& space, int64_t count) {
  const at::Tensor none = at::full({count}, -1, at::kLong);
  Voxels voxels{.subject = at::zeros({count}, at::kLong), .position = at::full({count, 3}, std::nan(""), at::kFloat), .hemisphere = none.clone(),
                .roi = none.clone(), .parcel = none.clone(), .ncsnr = at::full({count}, std::nan(""), at::kFloat)};
  voxels.subjects = {subject}, voxels.space = space;
  return voxels;
}

Voxels joined_voxels(const std::vector<Voxels>& parts) {
  Voxels all = parts.front();
  all.subjects.clear(), all.mask_names.clear(), all.masks.reset();
  std::vector<at::Tensor> subject, position, hemisphere, roi, parcel, ncsnr, place;
  for (const Voxels& part : parts) {
    subject.push_back(part.subject + static_cast<int64_t>(all.subjects.size()));
    all.subjects.push_back(part.subjects.front());
    position.push_back(part.position), hemisphere.push_back(part.hemisphere), roi.push_back(part.roi);
    parcel.push_back(part.parcel), ncsnr.push_back(part.ncsnr);
    if (part.place.defined()) place.push_back(part.place);
  }
  all.subject = at::cat(subject), all.position = at::cat(position), all.hemisphere = at::cat(hemisphere);
  all.roi = at::cat(roi), all.parcel = at::cat(parcel), all.ncsnr = at::cat(ncsnr);
  all.place = place.size() == parts.size() ? at::cat(place) : at::Tensor();
  int64_t first = 0;
  for (const Voxels& part : parts) {
    for (const auto& name : part.mask_names) add_region(all, first, name, part.region(name));
    first += part.size();
  }
  return all;
}

void add_region(Voxels& voxels, int64_t first, const std::string& name, const at::Tensor& mask) {
  const auto found = std::find(voxels.mask_names.begin(), voxels.mask_names.end(), name);
  const auto row = static_cast<int64_t>(found - voxels.mask_names.begin());
  if (found == voxels.mask_names.end()) {
    voxels.mask_names.push_back(name);
    const at::Tensor none = at::zeros({1, voxels.size()}, at::kBool);
    voxels.masks = voxels.masks.defined() ? at::cat({voxels.masks, none}) : none;
  }
  voxels.masks.select(0, row).slice(0, first, first + mask.numel()).copy_(mask);
}

ArrayRef with_digest(Context& ctx, ArrayRef ref) {
  ref.content = ctx.digest_of(ref.path).hex();
  return ref;
}

SubjectBetas stored_trials(const std::string& subject, std::vector<ArrayRef> arrays, const at::Tensor& image_id) {
  StoredRows rows;
  for (auto& ref : arrays) {
    if (ref.rows() != image_id.numel())
      throw wrong_file(ref.path, "number of rows", std::to_string(image_id.numel()) + " (of the images)", std::to_string(ref.rows()));
    const int64_t columns = ref.columns();
    rows.parts.push_back({.blocks = {std::move(ref)}, .column = at::arange(columns, at::kLong)});
  }
  rows.row = at::arange(image_id.numel(), at::kLong);
  const at::Tensor none = at::full_like(image_id, -1);
  return {subject, 0, {}, image_id, none, none, std::make_shared<StoredRows>(std::move(rows))};
}

at::Tensor repeats_of(const at::Tensor& image_id) {
  const at::Tensor shown = image_id.contiguous(), repeat = at::empty_like(shown);
  std::map<int64_t, int64_t> seen;
  for (int64_t t = 0; t < shown.numel(); ++t) repeat.data_ptr<int64_t>()[t] = seen[shown.data_ptr<int64_t>()[t]]++;
  return repeat;
}

}  // namespace bgraph::io

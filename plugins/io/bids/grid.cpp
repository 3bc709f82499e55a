#include "grid.h"

#include "cifti.h"
#include "gifti.h"
#include "nifti.h"
#include "subject_set.h"

#include <bgraph/sdk/data/wrong_file.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>

#include <cmath>

namespace bgraph::io::bids {

namespace fs = std::filesystem;

namespace {

at::Tensor unknown_positions(int64_t count) { return at::full({count, 3}, std::nan(""), at::kFloat); }

/// mm of elements of a volume [Z, Y, X], the last axis fastest.
at::Tensor positions_of(const Nifti& image, const std::vector<int64_t>& shape, const at::Tensor& element) {
  const at::Tensor x = element.remainder(shape[2]).to(at::kDouble), y = element.div(shape[2], "floor").remainder(shape[1]).to(at::kDouble),
                   z = element.div(shape[1] * shape[2], "floor").to(at::kDouble);
  std::vector<at::Tensor> mm;
  for (const auto& row : image.mm_from_index) mm.push_back(x * row[0] + y * row[1] + z * row[2] + row[3]);
  return at::stack(mm, 1).to(at::kFloat);
}

}  // namespace

void Grid::keep(const std::vector<fs::path>& masks) {
  for (const auto& file : masks) {
    const Nifti mask = read_nifti(file.string());
    if (mask.shape.size() != 3 || (!shape_.empty() && mask.shape != shape_))
      throw wrong_file(file, "shape of the mask", shape_.empty() ? "[Z, Y, X]" : shape_text(shape_) + " (of " + mask_file_.string() + ")", shape_text(mask.shape));
    const at::Tensor kept = mask.data.flatten().gt(0);
    inside_ = inside_.defined() ? inside_.logical_and(kept) : kept;
    shape_ = mask.shape, mask_file_ = file;
  }
  if (inside_.defined() && !inside_.any().item<bool>()) throw wrong_file(mask_file_, "voxels in every mask of sub-" + subject_, "some", "none");
}

at::Tensor Grid::betas(const std::vector<Name>& files) {
  if (files.size() == 2 || files.front().extension.ends_with(".gii")) return surfaces(files);
  const fs::path& file = files.front().file;
  if (files.front().extension == ".dscalar.nii" || files.front().extension == ".dtseries.nii") return grayordinates(file);
  return volume(file);
}

void Grid::expect_columns(const fs::path& file, int64_t found) {
  if (place_.defined() && place_.numel() != found)
    throw wrong_file(file, "number of voxels", std::to_string(place_.numel()) + " (of the first run of sub-" + subject_ + ")", std::to_string(found));
}

at::Tensor Grid::volume(const fs::path& file) {
  const Nifti image = read_nifti(file.string());
  if (image.shape.size() != 4) throw wrong_file(file, "shape", "four axes, trials on the last", shape_text(image.shape));
  const std::vector<int64_t> shape(image.shape.begin() + 1, image.shape.end());
  if (!shape_.empty() && shape != shape_)
    throw wrong_file(file, "shape of a trial", shape_text(shape_) + (mask_file_.empty() ? " (of the first run)" : " (of " + mask_file_.string() + ")"), shape_text(shape));
  shape_ = shape;
  if (!inside_.defined()) inside_ = at::ones({shape[0] * shape[1] * shape[2]}, at::kBool);
  if (!place_.defined()) {
    place_ = inside_.nonzero().flatten();
    hemisphere_ = at::full_like(place_, -1);
    position_ = positions_of(image, shape, place_);
  }
  return image.data.reshape({image.shape[0], -1}).index_select(1, place_).to(at::kFloat);
}

at::Tensor Grid::grayordinates(const fs::path& file) {
  const Cifti cifti = read_cifti(file.string());
  expect_columns(file, cifti.data.size(1));
  if (!place_.defined()) {
    place_ = at::full({cifti.data.size(1)}, -1, at::kLong), hemisphere_ = place_.clone();
    position_ = unknown_positions(place_.numel());
    for (const auto& model : cifti.models) {
      if (!model.vertex.defined()) continue;
      place_.slice(0, model.offset, model.offset + model.count).copy_(model.vertex);
      hemisphere_.slice(0, model.offset, model.offset + model.count).fill_(model.structure.ends_with("_RIGHT") ? 1 : 0);
    }
  }
  return cifti.data.to(at::kFloat);
}

at::Tensor Grid::surfaces(const std::vector<Name>& files) {
  std::vector<at::Tensor> sides, places, hemispheres;
  for (const std::string side : {"L", "R"}) {
    const auto found = std::find_if(files.begin(), files.end(), [&](const Name& name) { return name.entity("hemi") == side; });
    if (found == files.end()) throw wrong_file(files.front().file, "hemispheres", "hemi-L and hemi-R", "no hemi-" + side);
    const Gifti gifti = read_gifti(found->file.string());
    std::vector<at::Tensor> trials;
    for (const auto& array : gifti.arrays) {
      if (!trials.empty() && array.data.numel() != trials.front().numel())
        throw wrong_file(found->file, "vertices of trial " + std::to_string(trials.size()), std::to_string(trials.front().numel()) + " (of trial 0)", std::to_string(array.data.numel()));
      trials.push_back(array.data.flatten().to(at::kFloat));
    }
    if (trials.empty()) throw wrong_file(found->file, "arrays", "one a trial", "none");
    sides.push_back(at::stack(trials));
    if (sides.front().size(0) != sides.back().size(0))
      throw wrong_file(found->file, "trials", std::to_string(sides.front().size(0)) + " (of hemi-L)", std::to_string(sides.back().size(0)));
    places.push_back(at::arange(trials.front().numel(), at::kLong));
    hemispheres.push_back(at::full_like(places.back(), side == "L" ? 0 : 1));
  }
  expect_columns(files.front().file, sides[0].size(1) + sides[1].size(1));
  if (!place_.defined()) place_ = at::cat(places), hemisphere_ = at::cat(hemispheres), position_ = unknown_positions(place_.numel());
  return at::cat(sides, 1);
}

Voxels Grid::voxels() const {
  Voxels found = unlabelled_voxels("sub-" + subject_, space_, place_.numel());
  found.place = place_, found.hemisphere = hemisphere_, found.position = position_;
  return found;
}

}  // namespace bgraph::io::bids

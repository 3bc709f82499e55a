// io.join_sets: several data sets as one crowd of brains: one numbering of subjects, voxels and images.
//
// The i-th of `names` is the i-th of `betas` and of `voxels`; its images, and whatever it has of validation and test, are found by
// their id space, which no two sets may share. Subjects become "nsd/subj01"; voxels follow each other, set after set; image n of set k
// becomes k 2^48 + n in the joint id space "nsd-73k + imagenet + vim-1", so that leaks stay visible.
//
// Pictures must be of one size and kind (io.resize_images with bytes = true before). Regions stay, as masks; positions stay where
// every set is in one space and unit, else they are unknown: millimetres of different brains are not comparable. Rows that stay in
// files stay there.
//
// Source: Universal Brain Encoder (arXiv:2406.12179), training on a crowd of data sets.
//
//   [nodes.crowd]
//   type  = "io.join_sets"
//   names = ["nsd", "vim-1"]
//   [nodes.crowd.inputs]
//   betas  = ["nsd.train", "vim.train"]
//   images = ["nsd_images", "vim.train_images"]
//   voxels = ["nsd.voxels", "vim.voxels"]

#include "subject_set.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/node.h>

#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>

#include <map>
#include <set>

namespace bgraph::io {

struct JoinSetsParams {
  std::vector<std::string> names;

  template <class Visitor>
  void visit(Visitor& field) {
    field("names", names, any(), "short name of each data set, in the order of `betas`");
  }
};

class JoinSets final : public Node {
 public:
  explicit JoinSets(JoinSetsParams params) : params_(std::move(params)) {}

  InList<Betas> betas{this, "betas", "training trials of each set", kFits | kStored};
  InList<Voxels> voxels{this, "voxels", "voxels of each set"};
  InList<Images> images{this, "images", "pictures seen in training"};
  InList<Betas> validation{this, "validation", "validation trials of the sets that have some", kFits | kStored | kOptional};
  InList<Images> validation_images{this, "validation_images", "pictures seen in those", kOptional};
  InList<Betas> test{this, "test", "test trials of the sets that have some", kStored | kOptional};
  InList<Images> test_images{this, "test_images", "pictures seen in those", kOptional};
  Out<Betas> out_betas{this, "betas", "training trials of everybody", "=betas"};
  Out<Voxels> out_voxels{this, "voxels", "voxels of everybody", "=voxels"};
  Out<Images> out_images{this, "images", "pictures in the joint numbering", "=images"};
  Out<Betas> out_validation{this, "validation", "validation trials; empty if none were given", "=validation"};
  Out<Images> out_validation_images{this, "validation_images", "their pictures; none if none were given", "=validation_images"};
  Out<Betas> out_test{this, "test", "test trials; empty if none were given", "=test"};
  Out<Images> out_test_images{this, "test_images", "their pictures; none if none were given", "=test_images"};

  void run(Context&) override {
    check();
    first_voxel_ = {0};
    for (size_t k = 0; k < voxels.size(); ++k) first_voxel_.push_back(first_voxel_.back() + voxels[k].size());
    out_betas = joined(betas, "train"), out_validation = joined(validation, "validation"), out_test = joined(test, "test");
    out_images = joined(images), out_validation_images = joined(validation_images), out_test_images = joined(test_images);
    out_voxels = joined_places();
  }

 private:
  static constexpr int64_t kImagesOfASet = int64_t{1} << 48;

  void check() {
    if (params_.names.size() != betas.size() || betas.size() != voxels.size())
      throw Error(std::to_string(params_.names.size()) + " names, " + std::to_string(betas.size()) + " entries of `betas` and " + std::to_string(voxels.size()) + " of `voxels`",
                  "one of each per data set");
    for (size_t k = 0; k < betas.size(); ++k) {
      if (!set_of_space_.emplace(betas[k].id_space, k).second)
        throw Error("'" + params_.names[set_of_space_.at(betas[k].id_space)] + "' and '" + params_.names[k] + "' both number images in '" + betas[k].id_space + "'",
                    "give one of them another id_space where it is read");
      joint_space_ += (k == 0 ? "" : " + ") + betas[k].id_space;
    }
  }

  size_t set_of(const std::string& id_space, const std::string& what) const {
    const auto found = set_of_space_.find(id_space);
    if (found == set_of_space_.end()) throw Error(what + " number images in '" + id_space + "', none of the joined sets does", "they are " + joint_space_);
    return found->second;
  }

  static at::Tensor in_joint_space(const at::Tensor& image, size_t set) {
    if (image.numel() > 0 && (image.min().item<int64_t>() < 0 || image.max().item<int64_t>() >= kImagesOfASet))
      throw Error("image numbers from " + std::to_string(image.min().item<int64_t>()) + " to " + std::to_string(image.max().item<int64_t>()) + ", expected 0 to 2^48 - 1");
    return image + static_cast<int64_t>(set) * kImagesOfASet;
  }

  Betas joined(const InList<Betas>& parts, const std::string& split) const {
    Betas all{.id_space = joint_space_, .split = split};
    for (size_t p = 0; p < parts.size(); ++p) {
      const size_t set = set_of(parts[p].id_space, "responses");
      if (parts[p].split != split) throw Error("'" + params_.names[set] + "' gives split '" + parts[p].split + "' where '" + split + "' is joined");
      for (const auto& subject : parts[p].subjects) {
        all.subjects.push_back(subject);
        SubjectBetas& own = all.subjects.back();
        own.subject = params_.names[set] + "/" + subject.subject;
        own.first_voxel += first_voxel_[set];
        own.image_id = in_joint_space(subject.image_id, set);
      }
      all.done.push_back({{"what", "join"}, {"set", params_.names[set]}, {"id_space", parts[p].id_space}, {"done", parts[p].done}});
    }
    return all;
  }

  Images joined(const InList<Images>& parts) const {
    std::vector<Images> all;
    for (size_t p = 0; p < parts.size(); ++p) {
      const size_t set = set_of(parts[p].id_space, "pictures");
      if (parts[p].pixels.sizes().slice(1) != parts[0].pixels.sizes().slice(1) || parts[p].pixels.scalar_type() != parts[0].pixels.scalar_type())
        throw Error("pictures of '" + params_.names[set] + "' are " + shape_text(parts[p].pixels) + " of another size or kind than the first, " + shape_text(parts[0].pixels),
                    "bring all to one with io.resize_images, bytes = true");
      all.push_back(parts[p]);
      all.back().image_id = in_joint_space(parts[p].image_id, set), all.back().id_space = joint_space_;
    }
    if (all.empty()) return {at::full({0, 3, 1, 1}, 0, at::kByte), at::full({0}, 0, at::kLong), at::full({0}, 0, at::kLong), joint_space_, ""};
    return Images::concat(all);
  }

  Voxels joined_places() const {
    Voxels all = unlabelled_voxels("", voxels[0].space, first_voxel_.back());
    all.subjects.clear();
    std::set<std::string> spaces;
    for (const auto& part : voxels) spaces.insert(part.space + " " + part.unit);
    const bool comparable = spaces.size() == 1;
    if (!comparable) all.space = "";
    all.unit = comparable ? voxels[0].unit : "mm";
    bool places = true;
    for (const auto& part : voxels) places = places && part.place.defined();
    all.place = places ? at::full({all.size()}, -1, at::kLong) : at::Tensor();
    for (size_t k = 0; k < voxels.size(); ++k) {
      const Voxels& part = voxels[k];
      const int64_t first = first_voxel_[k], end = first_voxel_[k + 1];
      all.subject.slice(0, first, end).copy_(part.subject + static_cast<int64_t>(all.subjects.size()));
      for (const auto& subject : part.subjects) all.subjects.push_back(params_.names[k] + "/" + subject);
      all.hemisphere.slice(0, first, end).copy_(part.hemisphere);
      all.ncsnr.slice(0, first, end).copy_(part.ncsnr);
      if (comparable) all.position.slice(0, first, end).copy_(part.position);
      if (places) all.place.slice(0, first, end).copy_(part.place);
      for (const auto* names : {&part.mask_names, &part.roi_names})
        for (const auto& name : *names) add_region(all, first, name, part.region(name));
    }
    return all;
  }

  JoinSetsParams params_;
  std::map<std::string, size_t> set_of_space_;
  std::string joint_space_;
  std::vector<int64_t> first_voxel_;  // of each set, and the end
};

BGRAPH_NODE(JoinSets, "io.join_sets")

}  // namespace bgraph::io

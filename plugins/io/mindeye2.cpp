// io.mindeye2: NSD as prepared for MindEye2 (pscotti/mindeyev2): every trial's nsdgeneral voxels in one HDF5 per subject.
//
//   betas_all_subjAA_fp32_renorm.hdf5   betas [trials, voxels] float32, row = chronological trial, z-scored by its makers
//   COCO_73k_subj_indices.hdf5          subjAA [trials]: 73k number from 0
//   shared1000.npy                      bool [73000]
//   brain_region_masks.hdf5             subjAA/{nsd_general, V1, V2, V3, V4, higher_vis}: bool over the columns (optional)
//
// Rows stay in the files; test are the trials of shared images. Their statistics include test trials in the public notebook,
// not in the paper: `done` says "unknown". A table longer than the betas (sessions not uploaded) is cut, and that is warned about.
// Pictures: io.hdf5_images with dataset = "images" on coco_images_224_float16.hdf5. Source: MindEye2 (arXiv:2403.11207).
//
//   [nodes.data]
//   type     = "io.mindeye2"
//   root     = "${data}/mindeyev2"
//   subjects = ["subj01"]

#include "subject_set.h"

#include <bgraph/sdk/data/npy.h>
#include <bgraph/sdk/data/wrong_file.h>
#include <bgraph/sdk/node.h>
#include <bgraph/sdk/values/stored_rows.h>

namespace bgraph::io {

struct Mindeye2Params {
  Folder root;
  std::vector<std::string> subjects = {"subj01"};
  std::string betas = "fp32_renorm";
  int64_t session_trials = 750;

  template <class Visitor>
  void visit(Visitor& field) {
    field("root", root, reads({"betas_all_{subjects}_{betas}.hdf5", "COCO_73k_subj_indices.hdf5", "shared1000.npy", "brain_region_masks.hdf5"}), "folder of the prepared files");
    field("subjects", subjects, any(), "in the order of voxels");
    field("betas", betas, any(), "end of the betas' file name");
    field("session_trials", session_trials, at_least(1), "trials of a session");
  }
};

class Mindeye2 final : public Node {
 public:
  explicit Mindeye2(Mindeye2Params params) : params_(std::move(params)) {}

  Out<Betas> train{this, "train", "single trials of each subject's own images", "train"};
  Out<Betas> test{this, "test", "single trials of the shared images", "test"};
  Out<Voxels> voxels{this, "voxels", "regions, where the file is there"};

  void run(Context& ctx) override {
    const std::string root = params_.root.path + "/";
    const at::Tensor shared = read_npy(root + "shared1000.npy").flatten().to(at::kBool);
    const Hdf5File shown(root + "COCO_73k_subj_indices.hdf5");
    Betas fitted{.id_space = "nsd-73k", .split = "train"}, tested{.id_space = "nsd-73k", .split = "test"};
    std::vector<Voxels> places;
    int64_t first = 0;
    for (const auto& subject : params_.subjects) {
      const std::string path = root + "betas_all_" + subject + "_" + params_.betas + ".hdf5";
      const auto betas = Hdf5File(path).dataset("betas");
      if (betas.shape().size() != 2) throw wrong_file(path, "dataset 'betas'", "[trials, voxels]", shape_text(betas.shape()));
      at::Tensor image = shown.dataset(subject).read().flatten().to(at::kLong);
      if (image.numel() < betas.shape()[0])
        throw wrong_file(path, "number of trials", "at most " + std::to_string(image.numel()) + " (of COCO_73k_subj_indices.hdf5)", std::to_string(betas.shape()[0]));
      if (image.numel() > betas.shape()[0])
        ctx.warn(subject + ": " + std::to_string(image.numel()) + " trials are listed, " + std::to_string(betas.shape()[0]) + " have betas; the rest is left out");
      image = image.slice(0, 0, betas.shape()[0]).contiguous();
      if (image.min().item<int64_t>() < 0 || image.max().item<int64_t>() >= shared.numel())
        throw wrong_file(shown.path(), "image number of " + subject, "0 to " + std::to_string(shared.numel() - 1), std::to_string(image.max().item<int64_t>()));
      SubjectBetas all = stored_trials(subject, {with_digest(ctx, {.path = path, .dataset = "betas", .code = betas.code(), .shape = betas.shape()})}, image);
      all.first_voxel = first, all.repeat = repeats_of(image);
      all.session = at::arange(image.numel(), at::kLong).div(params_.session_trials, "floor");
      const at::Tensor is_test = shared.index_select(0, image);
      fitted.subjects.push_back(all.select(is_test.logical_not().nonzero().flatten()));
      tested.subjects.push_back(all.select(is_test.nonzero().flatten()));
      places.push_back(places_of(root + "brain_region_masks.hdf5", subject, all.voxels()));
      first += all.voxels();
    }
    const Json done = {{"what", "mindeye2"}, {"file", params_.betas}, {"zscore", "session"}, {"stats", "unknown"}};
    fitted.done.push_back(done), tested.done.push_back(done);
    train = fitted, test = tested, voxels = joined_voxels(places);
  }

 private:
  static Voxels places_of(const std::string& path, const std::string& subject, int64_t count) {
    Voxels found = unlabelled_voxels(subject, "func1pt8mm", count);
    found.unit = "index";
    if (!std::filesystem::exists(path)) return found;
    const Hdf5File masks(path);
    for (const auto& name : masks.datasets()) {
      if (name.substr(0, subject.size() + 1) != subject + "/") continue;
      const at::Tensor mask = masks.dataset(name).read().flatten().to(at::kBool);
      if (mask.numel() != count) throw wrong_file(path, "mask '" + name + "'", std::to_string(count) + " voxels long", std::to_string(mask.numel()));
      add_region(found, 0, name.substr(subject.size() + 1), mask);
    }
    return found;
  }

  Mindeye2Params params_;
};

BGRAPH_NODE(Mindeye2, "io.mindeye2")

}  // namespace bgraph::io

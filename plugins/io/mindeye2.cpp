// io.mindeye2: NSD as prepared for MindEye2 (pscotti/mindeyev2): every trial's nsdgeneral voxels in one HDF5 per subject.
//
//   betas_all_subjAA_fp32_renorm.hdf5   betas [trials, voxels] float32, row = chronological trial, z-scored by its makers
//   COCO_73k_subj_indices.hdf5          subjAA [trials]: 73k number from 0
//   shared1000.npy                      bool [73000]
//   wds/subjAA/{train, test, new_test}  N.tar: a sample a trial (mindeye2/trial_tars.h)
//   brain_region_masks.hdf5             subjAA/{nsd_general, V1, V2, V3, V4, higher_vis}: bool over the columns (optional)
//
// Rows stay in the files. Test are the trials of shared images (splits = "shared1000"), or what the archives say: those of "test" (the
// papers before the last sessions were given out) or "new_test"; their images must then be those of the table, where that is there.
// The responses' statistics include test trials in the public notebook,
// not in the paper: `done` says "unknown". A table longer than the betas (sessions not uploaded) is cut, and that is warned about.
// Pictures: io.hdf5_images with dataset = "images" on coco_images_224_float16.hdf5. Source: MindEye2 (arXiv:2403.11207).
//
//   [nodes.data]
//   type     = "io.mindeye2"
//   root     = "${data}/mindeyev2"
//   subjects = ["subj01"]

#include "mindeye2/trial_tars.h"
#include "subject_set.h"

#include <bgraph/sdk/data/npy.h>
#include <bgraph/sdk/data/wrong_file.h>
#include <bgraph/sdk/node.h>
#include <bgraph/sdk/values/stored_rows.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/isin.h>

#include <filesystem>

namespace bgraph::io {

struct Mindeye2Params {
  Folder root;
  std::vector<std::string> subjects = {"subj01"};
  std::string betas = "fp32_renorm", splits = "shared1000";
  int64_t session_trials = 750;

  template <class Visitor>
  void visit(Visitor& field) {
    field("root", root, reads({"betas_all_{subjects}_{betas}.hdf5", "{splits=shared1000}COCO_73k_subj_indices.hdf5", "{splits=shared1000}shared1000.npy",
                               "?{splits=test|new_test}COCO_73k_subj_indices.hdf5", "{splits=test|new_test}wds/{subjects}/train/*.tar",
                               "{splits=test|new_test}wds/{subjects}/{splits}/*.tar", "?brain_region_masks.hdf5"}),
          "folder of the prepared files");
    field("subjects", subjects, any(), "in the order of voxels");
    field("betas", betas, any(), "end of the betas' file name");
    field("splits", splits, one_of({"shared1000", "test", "new_test"}), "what says which trials are test: the table of shared images, or the archives");
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
    Betas fitted{.id_space = "nsd-73k", .split = "train"}, tested{.id_space = "nsd-73k", .split = "test"};
    std::vector<Voxels> places;
    int64_t first = 0;
    for (const auto& subject : params_.subjects) {
      const std::string path = root + "betas_all_" + subject + "_" + params_.betas + ".hdf5";
      const auto betas = Hdf5File(path).dataset("betas");
      if (betas.shape().size() != 2) throw wrong_file(path, "dataset 'betas'", "[trials, voxels]", shape_text(betas.shape()));
      const Split split = params_.splits == "shared1000" ? by_shared_images(ctx, subject, betas.shape()[0]) : by_archives(subject, betas.shape()[0]);
      SubjectBetas all = stored_trials(subject, {with_digest(ctx, {.path = path, .dataset = "betas", .code = betas.code(), .shape = betas.shape()})}, split.image);
      all.first_voxel = first, all.repeat = repeats_of(split.image), all.session = split.session;
      fitted.subjects.push_back(all.select(split.train));
      tested.subjects.push_back(all.select(split.test));
      places.push_back(places_of(root + "brain_region_masks.hdf5", subject, all.voxels()));
      first += all.voxels();
    }
    const Json done = {{"what", "mindeye2"}, {"file", params_.betas}, {"splits", params_.splits}, {"zscore", "session"}, {"stats", "unknown"}};
    fitted.done.push_back(done), tested.done.push_back(done);
    train = fitted, test = tested, voxels = joined_voxels(places);
  }

 private:
  struct Split {
    at::Tensor image, session;  // [N] of every row of the betas
    at::Tensor train, test;     // rows, ascending
  };

  std::string table_file() const { return params_.root.path + "/COCO_73k_subj_indices.hdf5"; }

  /// 73k numbers of the trials, as many as there are betas.
  at::Tensor shown_images(Context& ctx, const std::string& subject, int64_t trials) const {
    const at::Tensor image = Hdf5File(table_file()).dataset(subject).read().flatten().to(at::kLong);
    if (image.numel() < trials) throw wrong_file(table_file(), "trials of " + subject, std::to_string(trials) + " (of the betas) or more", std::to_string(image.numel()));
    if (image.numel() > trials)
      ctx.warn(subject + ": " + std::to_string(image.numel()) + " trials are listed, " + std::to_string(trials) + " have betas; the rest is left out");
    return image.slice(0, 0, trials).contiguous();
  }

  Split by_shared_images(Context& ctx, const std::string& subject, int64_t trials) const {
    const at::Tensor shared = read_npy(params_.root.path + "/shared1000.npy").flatten().to(at::kBool), image = shown_images(ctx, subject, trials);
    if (image.min().item<int64_t>() < 0 || image.max().item<int64_t>() >= shared.numel())
      throw wrong_file(table_file(), "image number of " + subject, "0 to " + std::to_string(shared.numel() - 1), std::to_string(image.max().item<int64_t>()));
    const at::Tensor is_test = shared.index_select(0, image);
    return {image, at::arange(trials, at::kLong).div(params_.session_trials, "floor"), is_test.logical_not().nonzero().flatten(), is_test.nonzero().flatten()};
  }

  /// Rows that no archive names are neither train nor test.
  Split by_archives(const std::string& subject, int64_t trials) const {
    const std::string folder = params_.root.path + "/wds/" + subject + "/";
    const int64_t number = subject.empty() ? 0 : subject.back() - '0';
    const TrialList train = read_trial_tars(folder + "train", number, trials), test = read_trial_tars(folder + params_.splits, number, trials);
    if (const at::Tensor both = at::isin(test.row, train.row); both.any().item<bool>())
      throw wrong_file(folder + params_.splits, "row " + std::to_string(test.row.masked_select(both)[0].item<int64_t>()) + " of the betas", "in the test archives alone", "among those of training too");
    Split split{at::full({trials}, -1, at::kLong), at::full({trials}, -1, at::kLong), train.row, test.row};
    for (const TrialList* list : {&train, &test}) split.image.index_copy_(0, list->row, list->image), split.session.index_copy_(0, list->row, list->session);
    if (std::filesystem::exists(table_file())) expect_table(subject, split.image);
    return split;
  }

  void expect_table(const std::string& subject, const at::Tensor& image) const {
    const at::Tensor listed = Hdf5File(table_file()).dataset(subject).read().flatten().to(at::kLong);
    if (listed.numel() < image.numel() || !listed.slice(0, 0, image.numel()).eq(image).logical_or(image.lt(0)).all().item<bool>())
      throw wrong_file(table_file(), "images of " + subject, "those of the archives", "others", "do the archives and the table come from the same release?");
  }

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

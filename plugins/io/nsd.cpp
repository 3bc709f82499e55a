// io.nsd: responses of the Natural Scenes Dataset, read from the release as it is laid out.
//
// Nothing large is copied: outputs refer to rows of the release's own files, of which only the mask's voxels are ever
// read. Values are percent signal change (int16 volumes / 300, surfaces as they are), single trials, in the order they were
// recorded; image ids are 73k numbers from 0 (id space "nsd-73k").
//
// Test are the trials of the shared images: all 1000 of them (test = "1000"), or the 982 that a whole experiment shows in its
// first 37 sessions (test = "982"; trials of the other 18 are then left out), or the extra session of synthetic images
// (test = "synthetic": id space "nsd-synthetic", pictures from io.nsd_synthetic; shared images are then left out). `validation` of a subject's other images, those
// with the smallest splitmix64 of their number, are validation; the rest is train.
// `sessions` counts out of 40: 40 is everything a subject did (40, 40, 32, 30, 40, 32, 40, 30), 37 leaves out the last three of
// every subject (the releases before August 2023), smaller numbers are the first sessions.
//
// NaN (vertices of subjects 6 and 8) stays NaN: see voxels.finite. If behav/responses.tsv is there, its image numbers must
// agree with the design. `challenge`: the folder of the Algonauts 2023 release, whose vertices are then kept instead of a mask.
//
// Source: Allen et al. 2022 and the NSD data manual; formats of every file in datasets/nsd.
//
//   [nodes.data]
//   type     = "io.nsd"
//   root     = "${data}/nsd"
//   subjects = ["subj01", "subj02", "subj05", "subj07"]

#include "nsd/recording.h"
#include "subject_set.h"
#include "tsv.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/node.h>
#include <bgraph/sdk/values/stored_rows.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/isin.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <filesystem>
#include <set>

namespace bgraph::io {

struct NsdParams {
  Folder root, challenge;
  std::vector<std::string> subjects = {"subj01"};
  std::string space = "fsaverage", version = "betas_fithrf_GLMdenoise_RR", mask = "nsdgeneral", test = "1000", blocks = "session";
  std::vector<std::string> regions = {"prf-visualrois", "floc-bodies", "floc-faces", "floc-places", "floc-words", "streams"};
  int64_t sessions = 40, validation = 0;

  template <class Visitor>
  void visit(Visitor& field) {
    field("root", root, reads({"nsddata/experiments/nsd/nsd_expdesign.mat", "?nsddata/ppdata/{subjects}/behav/responses.tsv",
                               "nsddata_betas/ppdata/{subjects}/{space}/{version}/*betas_session*",
                               "?nsddata_betas/ppdata/{subjects}/{space}/{version}/*ncsnr*",
                               "{test=synthetic}nsddata/experiments/nsdsynthetic/nsdsynthetic_expdesign.mat",
                               "{test=synthetic}nsddata_betas/ppdata/{subjects}/{space}/nsdsynthetic{version}/*betas_nsdsynthetic*",
                               "{space=func1pt8mm|func1mm}nsddata/ppdata/{subjects}/{space}/roi/{mask}.nii.gz",
                               "?{space=func1pt8mm|func1mm}nsddata/ppdata/{subjects}/{space}/roi/{regions}.nii.gz",
                               "?{space=fsaverage}nsddata/ppdata/{subjects}/transforms/*.white-to-fsaverage.mgz",
                               "?{space=fsaverage}nsddata/freesurfer/*/label/*.{mask}.mgz",
                               "?{space=fsaverage}nsddata/freesurfer/*/label/*.{regions}.mgz",
                               "?nsddata/freesurfer/*/label/{regions}.mgz.ctab", "?{space=fsaverage}nsddata/freesurfer/fsaverage/surf/*.white"}),
          "folder of the release: nsddata/, nsddata_betas/");
    Rule masks = reads({"{subjects}/roi_masks/*.all-vertices_fsaverage_space.npy"});
    masks.required = false;
    field("challenge", challenge, masks, "folder of the Algonauts 2023 release, whose vertices are kept; empty = use `mask`");
    field("subjects", subjects, any(), "subj01 to subj08, in the order of voxels");
    field("space", space, one_of({"fsaverage", "func1pt8mm", "func1mm"}), "where the betas were sampled");
    field("version", version, one_of({"betas_assumehrf", "betas_fithrf", "betas_fithrf_GLMdenoise_RR"}), "b1, b2 or b3");
    field("mask", mask, any(), "atlas whose labels above 0 are kept");
    field("regions", regions, any(), "atlases whose regions become masks of the voxels");
    field("sessions", sessions, between(1, 40), "out of 40: 40 all, 37 without each subject's last three, fewer: the first");
    field("blocks", blocks, one_of({"session", "run"}), "what `session` of a trial counts: what voxels.zscore then keeps apart");
    field("test", test, one_of({"1000", "982", "synthetic"}), "which shared images are the test set, or the session of synthetic ones");
    field("validation", validation, at_least(0), "images held out of each subject's own");
  }
};

class Nsd final : public Node {
 public:
  explicit Nsd(NsdParams params) : params_(std::move(params)) {}

  Out<Betas> train{this, "train", "single trials of each subject's own images", "train"};
  Out<Betas> validation{this, "validation", "single trials of held-out own images", "validation"};
  Out<Betas> test{this, "test", "single trials of the shared or of the synthetic images", "test"};
  Out<Voxels> voxels{this, "voxels", "position, regions and ncsnr of the mask's voxels"};

  void run(Context& ctx) override {
    if (params_.subjects.empty()) throw Error("'subjects' is empty", "name at least one of subj01 to subj08");
    if (std::set<std::string>(params_.subjects.begin(), params_.subjects.end()).size() != params_.subjects.size())
      throw Error("'subjects' names a subject twice");
    const nsd::Design design(params_.root.path + "/nsddata/experiments/nsd/nsd_expdesign.mat");
    Betas fitted{.id_space = "nsd-73k", .split = "train"}, held{.id_space = "nsd-73k", .split = "validation"},
        tested{.id_space = synthetic() ? "nsd-synthetic" : "nsd-73k", .split = "test"};
    std::vector<Voxels> places;
    int64_t first_voxel = 0;
    for (const auto& subject : params_.subjects) {
      const int64_t sessions = nsd::sessions_of(subject, params_.sessions);
      nsd::Trials trials = design.trials(subject, sessions);
      if (params_.blocks == "run") trials.session = design.runs(sessions);
      expect_same_behaviour(ctx, subject, trials);
      auto files = design.sessions(params_.version, sessions);
      const int64_t planned = trials.image.numel();
      if (synthetic()) {
        const auto extra = nsd::synthetic_trials(params_.root.path + "/nsddata/experiments/nsdsynthetic/nsdsynthetic_expdesign.mat", subject, trials.session.max().item<int64_t>() + 1);
        files.push_back(nsd::synthetic_session(params_.version, extra.image.numel()));
        trials = nsd::joined(trials, extra);
      }
      nsd::Recording recording = nsd::read_recording(ctx, release(), subject, trials, files);
      recording.betas.first_voxel = first_voxel;
      first_voxel += recording.voxels.size();
      const at::Tensor own = trials.shared.logical_not(), chosen = validation_trials(trials);
      const at::Tensor shown = synthetic() ? at::arange(trials.image.numel(), at::kLong).ge(planned)
                               : params_.test == "982" ? trials.shared.logical_and(trials.early) : trials.shared;
      fitted.subjects.push_back(recording.betas.select(own.logical_and(chosen.logical_not()).nonzero().flatten()));
      held.subjects.push_back(recording.betas.select(chosen.nonzero().flatten()));
      tested.subjects.push_back(recording.betas.select(shown.nonzero().flatten()));
      places.push_back(std::move(recording.voxels));
    }
    const Json what = {{"what", "nsd"}, {"space", params_.space}, {"version", params_.version}, {"sessions", params_.sessions}, {"blocks", params_.blocks},
                       {"test", params_.test}, {"unit", "percent signal change"}};
    for (Betas* part : {&fitted, &held, &tested}) part->done.push_back(what);
    train = fitted, validation = held, test = tested;
    voxels = joined_voxels(places);
  }

 private:
  bool synthetic() const { return params_.test == "synthetic"; }

  nsd::Release release() const {
    return {params_.root.path, params_.space, params_.version, params_.mask, params_.challenge.path, params_.regions};
  }

  /// Trials of the subject's own images with the smallest splitmix64: the same for every session count.
  at::Tensor validation_trials(const nsd::Trials& trials) const {
    const at::Tensor own = trials.image.masked_select(trials.shared.logical_not()).contiguous();
    std::set<int64_t> distinct(own.data_ptr<int64_t>(), own.data_ptr<int64_t>() + own.numel());
    std::vector<int64_t> images(distinct.begin(), distinct.end());
    std::sort(images.begin(), images.end(), [](int64_t a, int64_t b) {
      return splitmix64(static_cast<uint64_t>(a)) < splitmix64(static_cast<uint64_t>(b));
    });
    if (params_.validation >= static_cast<int64_t>(images.size()))
      throw Error("validation = " + std::to_string(params_.validation) + " leaves nothing to train on: there are " + std::to_string(images.size()) + " images");
    images.resize(static_cast<size_t>(params_.validation));
    return at::isin(trials.image, at::tensor(images, at::kLong)).logical_and(trials.shared.logical_not());
  }

  void expect_same_behaviour(Context& ctx, const std::string& subject, const nsd::Trials& trials) const {
    const std::string file = params_.root.path + "/nsddata/ppdata/" + subject + "/behav/responses.tsv";
    if (!std::filesystem::exists(file)) return ctx.log(file + " is not there; the design is not compared with it");
    const at::Tensor shown = read_text_table(file).integers("73KID") - 1;
    if (shown.numel() < trials.image.numel() || !shown.slice(0, 0, trials.image.numel()).equal(trials.image))
      throw Error(file + ": column 73KID is not what nsd_expdesign.mat says subject " + subject + " saw",
                  "do both files come from the same release, and is the subject's folder the right one?");
  }

  NsdParams params_;
};

BGRAPH_NODE(Nsd, "io.nsd")

}  // namespace bgraph::io

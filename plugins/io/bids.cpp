// io.bids: responses of a BIDS data set, where a GLM has made one beta per trial.
//
//   root/sub-01/[ses-02/]func/sub-01[_ses-02]_task-T[_run-3]_events.tsv                        onset, duration, and what was shown
//   betas/sub-01/[ses-02/]func/..._task-T[_run-3][_hemi-L][_space-S][_desc-D]_betas.EXT        a beta per trial (bids/grid.h)
//   preprocessed/sub-01/[ses-02/]func/..._space-S_desc-brain_mask.nii.gz                       fMRIPrep's masks, where there are any
//
// A trial is a row of the events that has an image: a whole number in column `image`, or a name whose last number is taken
// ("stimuli/coco_0123.png" -> 123). Other rows (blanks, answers) are n/a there. The k-th beta of a run belongs to its k-th trial.
// Columns `split` (train, validation, test; without it all are train) is read as io.events reads it. Runs are in the order
// of their sessions and numbers; `blocks` says which of the two `session` counts.
// Betas are read whole, and only voxels inside the mask of every run are kept.
//
// Errors: a run of events without betas or the other way round, several files that fit one run (named, with the entity that would
// choose), another number of betas than of trials, runs on different grids.
// Source: BIDS specification 1.9; Esteban et al. 2019 (fMRIPrep).
//
//   [nodes.data]
//   type         = "io.bids"
//   root         = "${data}/mine"
//   betas        = "${data}/mine/derivatives/glmsingle"
//   preprocessed = "${data}/mine/derivatives/fmriprep"
//   subjects     = ["01", "02"]
//   task         = "images"
//   space        = "T1w"

#include "bids/grid.h"
#include "number_in_name.h"
#include "subject_set.h"
#include "tsv.h"

#include <bgraph/sdk/data/wrong_file.h>
#include <bgraph/sdk/node.h>

#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

namespace bgraph::io {

struct BidsParams {
  Folder root, betas, preprocessed;
  std::vector<std::string> subjects = {"01"};
  std::string task, space, desc, suffix = "betas", image = "image", id_space = "bids", blocks = "session";

  template <class Visitor>
  void visit(Visitor& field) {
    field("root", root, reads({"?sub-{subjects}/func/*_events.tsv", "?sub-{subjects}/*/func/*_events.tsv"}), "the data set: sub-01/, ...");
    field("betas", betas, reads({"?sub-{subjects}/func/*_{suffix}.*", "?sub-{subjects}/*/func/*_{suffix}.*"}), "derivatives that hold the betas");
    Rule masks = reads({"?sub-{subjects}/func/*_desc-brain_mask.nii.gz", "?sub-{subjects}/*/func/*_desc-brain_mask.nii.gz"});
    masks.required = false;
    field("preprocessed", preprocessed, masks, "derivatives of fMRIPrep, for masks; empty = every voxel");
    field("subjects", subjects, any(), "labels behind sub-, in the order of voxels");
    field("task", task, any(), "task-...; empty = the only one");
    field("space", space, any(), "space-... of betas and masks; empty = the betas have none, or one");
    field("desc", desc, any(), "desc-... of the betas; empty = whatever there is");
    field("suffix", suffix, any(), "last word of the betas' names");
    field("image", image, any(), "column of the events that tells the image");
    field("id_space", id_space, any(), "numbering of the images");
    field("blocks", blocks, one_of({"session", "run"}), "what `session` of a trial counts: what voxels.zscore then keeps apart");
  }
};

namespace {

/// Trials of one run.
struct Shown {
  std::vector<int64_t> image;
  std::vector<std::string> split;
};

int64_t image_in(const std::string& cell, const TextTable& table, const std::string& column, size_t row) {
  double number = 0;
  const auto [end, problem] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
  const bool whole = problem == std::errc() && end == cell.data() + cell.size() && number == std::floor(number) && std::abs(number) < 1e15;
  const int64_t image = whole ? static_cast<int64_t>(number) : number_in_name(cell);
  if (image < 0) throw wrong_file(table.path, "column '" + column + "', row " + std::to_string(row + 1), "a whole number, or a name with one", "'" + printable(cell) + "'");
  return image;
}

Shown trials_of(const std::filesystem::path& events, const std::string& column) {
  const TextTable table = read_text_table(events.string());
  const auto cells = table.texts(column), splits = table.has("split") ? table.texts("split") : std::vector<std::string>(cells.size(), "train");
  Shown shown;
  for (size_t row = 0; row < cells.size(); ++row) {
    if (cells[row].empty() || cells[row] == "n/a") continue;
    shown.image.push_back(image_in(cells[row], table, column, row));
    shown.split.push_back(splits[row]);
    if (splits[row] != "train" && splits[row] != "validation" && splits[row] != "test")
      throw wrong_file(table.path, "column 'split', row " + std::to_string(row + 1), "train, validation or test", "'" + printable(splits[row]) + "'");
  }
  return shown;
}

}  // namespace

class Bids final : public Node {
 public:
  explicit Bids(BidsParams params) : params_(std::move(params)) {}

  Out<Betas> train{this, "train", "trials of split train", "train"};
  Out<Betas> validation{this, "validation", "trials of split validation", "validation"};
  Out<Betas> test{this, "test", "trials of split test", "test"};
  Out<Voxels> voxels{this, "voxels", "positions in mm of voxels, numbers of vertices"};

  void run(Context& ctx) override {
    std::map<std::string, Betas> parts;
    for (const std::string split : {"train", "validation", "test"}) parts[split] = {.id_space = params_.id_space, .split = split};
    std::vector<Voxels> places;
    int64_t first = 0;
    for (const auto& subject : params_.subjects) {
      const auto runs = runs_of(subject);
      bids::Grid grid(subject, params_.space);
      grid.keep(masks_of(subject));
      std::vector<at::Tensor> rows;
      std::vector<int64_t> image, block;
      std::map<std::string, std::vector<int64_t>> of_split;
      std::set<std::string> sessions;
      int64_t number = 0;
      for (const auto& [run, files] : runs) {
        ctx.stop_if_cancelled();
        sessions.insert(run.session);
        const Shown shown = trials_of(files.events, params_.image);
        rows.push_back(grid.betas(files.betas));
        if (rows.back().size(0) != static_cast<int64_t>(shown.image.size()))
          throw wrong_file(files.betas.front().file, "number of betas", std::to_string(shown.image.size()) + " (trials of " + files.events.filename().string() + ")", std::to_string(rows.back().size(0)));
        for (size_t trial = 0; trial < shown.image.size(); ++trial) {
          of_split[shown.split[trial]].push_back(static_cast<int64_t>(image.size()));
          image.push_back(shown.image[trial]);
        }
        block.insert(block.end(), shown.image.size(), params_.blocks == "run" ? number : static_cast<int64_t>(sessions.size()) - 1);
        ctx.progress(++number, static_cast<int64_t>(runs.size()), "sub-" + subject);
      }
      const at::Tensor ids = at::tensor(image, at::kLong);
      const SubjectBetas all{"sub-" + subject, first, at::cat(rows), ids, repeats_of(ids), at::tensor(block, at::kLong)};
      for (auto& [split, part] : parts) part.subjects.push_back(all.select(at::tensor(of_split[split], at::kLong)));
      places.push_back(grid.voxels());
      first += all.voxels();
    }
    if (places.empty()) throw Error("'subjects' is empty", "name at least one");
    for (auto& [split, part] : parts) part.done.push_back({{"what", "bids"}, {"suffix", params_.suffix}, {"desc", params_.desc}, {"space", params_.space}, {"blocks", params_.blocks}});
    train = parts["train"], validation = parts["validation"], test = parts["test"], voxels = joined_voxels(places);
  }

 private:
  struct Files {
    std::filesystem::path events;
    std::vector<bids::Name> betas;
  };

  bool wanted(const bids::Name& name, const std::string& key, const std::string& value) const { return value.empty() || name.entity(key) == value; }

  std::vector<std::filesystem::path> masks_of(const std::string& subject) const {
    std::vector<std::filesystem::path> masks;
    if (params_.preprocessed.path.empty()) return masks;
    for (const auto& name : bids::files_of(params_.preprocessed.path, subject, "func"))
      if (name.suffix == "mask" && name.entity("desc") == "brain" && name.extension == ".nii.gz" && wanted(name, "task", params_.task) && name.entity("space") == params_.space)
        masks.push_back(name.file);
    return masks;
  }

  /// Every run with its events and its betas. Error for one without the other, or with several.
  std::map<bids::Run, Files> runs_of(const std::string& subject) const {
    std::map<bids::Run, Files> runs;
    for (const auto& name : bids::files_of(params_.root.path, subject, "func"))
      if (name.suffix == "events" && name.extension == ".tsv" && wanted(name, "task", params_.task)) runs[bids::run_of(name)].events = name.file;
    for (const auto& name : bids::files_of(params_.betas.path, subject, "func"))
      if (name.suffix == params_.suffix && name.extension != ".json" && wanted(name, "task", params_.task) && wanted(name, "space", params_.space) && wanted(name, "desc", params_.desc))
        runs[bids::run_of(name)].betas.push_back(name);
    if (runs.empty()) throw Error("no events of sub-" + subject + " below " + params_.root.path, "are 'subjects' and 'task' spelt as in the files' names?");
    std::set<std::string> tasks;
    for (const auto& [run, files] : runs) {
      tasks.insert(run.task);
      if (files.events.empty()) throw wrong_file(files.betas.front().file, "events of " + run.text(), "in " + params_.root.path, "missing");
      if (files.betas.empty()) throw wrong_file(files.events, "betas of " + run.text(), "a file *_" + params_.suffix + ".* below " + params_.betas.path, "missing");
      expect_one(files.betas);
    }
    if (tasks.size() > 1) throw Error("sub-" + subject + " has runs of several tasks: " + *tasks.begin() + ", " + *tasks.rbegin(), "set 'task'");
    return runs;
  }

  static void expect_one(const std::vector<bids::Name>& files) {
    const bool hemispheres = files.size() == 2 && files[0].entity("hemi") != files[1].entity("hemi") && !files[0].entity("hemi").empty();
    if (files.size() == 1 || hemispheres) return;
    std::string fix;
    for (const char* key : {"space", "desc"})
      if (files[0].entity(key) != files[1].entity(key)) fix = "set '" + std::string(key) + "' to one of \"" + files[0].entity(key) + "\", \"" + files[1].entity(key) + "\"";
    throw wrong_file(files[0].file, "betas of " + bids::run_of(files[0]).text(), "one file, or two hemispheres", std::to_string(files.size()) + ", another is " + files[1].file.filename().string(), fix);
  }

  BidsParams params_;
};

BGRAPH_NODE(Bids, "io.bids")

}  // namespace bgraph::io

// io.events: anybody's data: a table that says what every trial showed, and arrays of responses.
//
// `table` (.tsv or .csv) has a row per trial, in the order of the responses' rows: column `image` (whole numbers) and, where they are
// there, `session`, `split` ("train", "validation", "test"; without it all are train) and `subject` must be that of the file. `responses`
// names one file a subject: .npy, .npz, HDF5 (rows stay in the file), or any other array io.array reads [trials, ...], which is
// read whole; a NIfTI series has its trials on the last axis. The i-th table belongs to the i-th responses.
//
// This is how a GLM's betas come in, from BIDS derivatives for instance: one events table, one 4-D image of betas.
//
//   [nodes.data]
//   type      = "io.events"
//   folder    = "mine"
//   tables    = ["sub-01_trials.tsv"]
//   responses = ["sub-01_betas.npy"]
//   id_space  = "my-images"

#include "any_array.h"
#include "npz.h"
#include "subject_set.h"
#include "tsv.h"

#include <bgraph/sdk/data/wrong_file.h>
#include <bgraph/sdk/node.h>
#include <bgraph/sdk/values/stored_rows.h>

#include <ATen/ops/tensor.h>

#include <filesystem>

namespace bgraph::io {

struct EventsParams {
  Folder folder;
  std::vector<std::string> tables, responses;
  std::string item, id_space = "events", space;

  template <class Visitor>
  void visit(Visitor& field) {
    field("folder", folder, reads({"{tables}", "{responses}"}), "where the files are");
    field("tables", tables, any(), "trials of each subject");
    field("responses", responses, any(), "responses of each subject, in the same order");
    field("item", item, any(), "which array of .npz, HDF5 and MATLAB files");
    field("id_space", id_space, any(), "numbering of the images");
    field("space", space, any(), "space of the voxels; empty = unknown");
  }
};

class Events final : public Node {
 public:
  explicit Events(EventsParams params) : params_(std::move(params)) {}

  Out<Betas> train{this, "train", "trials of split train", "train"};
  Out<Betas> validation{this, "validation", "trials of split validation", "validation"};
  Out<Betas> test{this, "test", "trials of split test", "test"};
  Out<Voxels> voxels{this, "voxels", "number of voxels, no more"};

  void run(Context& ctx) override {
    if (params_.tables.empty() || params_.tables.size() != params_.responses.size())
      throw Error("'tables' names " + std::to_string(params_.tables.size()) + " files and 'responses' " + std::to_string(params_.responses.size()), "one of each for every subject");
    std::map<std::string, Betas> parts;
    for (const std::string split : {"train", "validation", "test"}) parts[split] = {.id_space = params_.id_space, .split = split};
    std::vector<Voxels> places;
    int64_t first = 0;
    for (size_t s = 0; s < params_.tables.size(); ++s) {
      const TextTable table = read_text_table(params_.folder.path + "/" + params_.tables[s]);
      const std::string subject = std::filesystem::path(params_.responses[s]).stem().string();
      SubjectBetas all = trials(ctx, subject, params_.folder.path + "/" + params_.responses[s], table.integers("image"));
      all.first_voxel = first, all.repeat = repeats_of(all.image_id);
      if (table.has("session")) all.session = table.integers("session");
      const auto splits = table.has("split") ? table.texts("split") : std::vector<std::string>(table.rows.size(), "train");
      std::map<std::string, std::vector<int64_t>> rows;
      for (size_t i = 0; i < splits.size(); ++i) {
        if (!parts.count(splits[i])) throw wrong_file(table.path, "column 'split', row " + std::to_string(i + 1), "train, validation or test", "'" + splits[i] + "'");
        rows[splits[i]].push_back(static_cast<int64_t>(i));
      }
      for (auto& [split, part] : parts) part.subjects.push_back(all.select(at::tensor(rows[split], at::kLong)));
      places.push_back(unlabelled_voxels(subject, params_.space, all.voxels()));
      first += all.voxels();
    }
    for (auto& [split, part] : parts) part.done.push_back({{"what", "events"}});
    train = parts["train"], validation = parts["validation"], test = parts["test"], voxels = joined_voxels(places);
  }

 private:
  SubjectBetas trials(Context& ctx, const std::string& subject, const std::string& path, const at::Tensor& image) const {
    const auto ending = std::filesystem::path(path).extension();
    if (ending == ".npy") return stored_trials(subject, {with_digest(ctx, npy_reference(path))}, image);
    if (ending == ".npz") return stored_trials(subject, {with_digest(ctx, Npz(path).reference(params_.item))}, image);
    if (ending == ".h5" || ending == ".hdf5") {
      const auto set = Hdf5File(path).dataset(params_.item);
      return stored_trials(subject, {with_digest(ctx, {.path = path, .dataset = params_.item, .code = set.code(), .shape = set.shape()})}, image);
    }
    const at::Tensor array = read_array(path, params_.item);
    if (array.dim() < 2 || array.size(0) != image.numel())
      throw wrong_file(path, "array", "[" + std::to_string(image.numel()) + " trials, ...]", shape_text(array.sizes().vec()));
    const at::Tensor none = at::full_like(image, -1);
    return {subject, 0, array.reshape({array.size(0), -1}).to(at::kFloat), image, none, none};
  }

  EventsParams params_;
};

BGRAPH_NODE(Events, "io.events")

}  // namespace bgraph::io

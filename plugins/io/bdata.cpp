// io.bdata: Generic Object Decoding, Deep Image Reconstruction and other data in Kamitani lab's BData form (HDF5).
//
// One matrix of samples x columns and a table that says what each column is (plugins/io/bdata/matrix.h). Voxels are the columns that
// `voxels` selects, in bdpy's own language: "VoxelData", "ROI_V1 = 1 | ROI_V2 = 1", "ROI_VC - ROI_V1", "t top 500 @ ROI_VC"
// (plugins/io/bdata/selection.h). ROI_* rows become regions, voxel_x|y|z positions in mm. DataType 1 is train, 2 test (3, imagery, is
// left out). The image number is round(1e6 * label): 1518878.005958 (the MATLAB release's n01518878_5958) becomes
// 1518878005958. `label` = "" takes stimulus_id, image_index or Label, the first there is. Group names in either case are read.
//
// Errors: a missing key (with those there are), NaN labels, no sample of a kind. Repeats of test images are single trials here:
// average them with voxels.average. Headers of the file hold source code and are never looked at.
// Source: bdpy; Horikawa & Kamitani 2017. The two published uploads of the subject files differ: their digest stands in the store.
//
//   [nodes.data]
//   type  = "io.bdata"
//   files = "${data}/god"
//   names = ["Subject1.h5", "Subject2.h5"]
//   voxels = "ROI_VC"

#include "bdata/selection.h"
#include "subject_set.h"

#include <bgraph/sdk/data/wrong_file.h>
#include <bgraph/sdk/node.h>

#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>

#include <filesystem>

namespace bgraph::io {

struct BdataParams {
  Folder files;
  std::vector<std::string> names = {"Subject1.h5"};
  std::string id_space = "imagenet", label, voxels = "VoxelData";

  template <class Visitor>
  void visit(Visitor& field) {
    field("files", files, reads({"{names}"}), "folder of the subjects' files");
    field("names", names, any(), "file of each subject, in the order of voxels");
    field("voxels", voxels, any(), "which columns are taken: VoxelData, ROI_VC, \"ROI_V1 + ROI_V2\", ...");
    field("label", label, any(), "column that tells the image; empty = stimulus_id, image_index or Label");
    field("id_space", id_space, any(), "numbering of these images");
  }
};

class Bdata final : public Node {
 public:
  explicit Bdata(BdataParams params) : params_(std::move(params)) {}

  Out<Betas> train{this, "train", "training perception, single trials", "train"};
  Out<Betas> test{this, "test", "test perception, single trials", "test"};
  Out<Voxels> voxels{this, "voxels", "regions, and positions in mm"};

  void run(Context& ctx) override {
    Betas fitted{.id_space = params_.id_space, .split = "train"}, tested{.id_space = params_.id_space, .split = "test"};
    std::vector<Voxels> places;
    int64_t first = 0;
    for (const auto& name : params_.names) {
      ctx.stop_if_cancelled();
      const BData file(params_.files.path + "/" + name);
      const std::string subject = std::filesystem::path(name).stem().string();
      const at::Tensor column = selected_columns(file, params_.voxels), kind = file.variable("DataType");
      if (column.numel() == 0) throw Error(printable(file.path()) + ": '" + params_.voxels + "' selects no column");
      fitted.subjects.push_back(trials(file, subject, first, column, kind.eq(1)));
      tested.subjects.push_back(trials(file, subject, first, column, kind.eq(2)));
      places.push_back(places_of(file, subject, column));
      first += column.numel();
    }
    const Json done = {{"what", "bdata"}, {"voxels", params_.voxels}};
    fitted.done.push_back(done), tested.done.push_back(done);
    train = fitted, test = tested, voxels = joined_voxels(places);
  }

 private:
  std::string label_of(const BData& file) const {
    if (!params_.label.empty()) return params_.label;
    for (const char* known : {"stimulus_id", "image_index", "Label"})
      if (file.has(known)) return known;
    throw Error("no column tells the image: none of stimulus_id, image_index and Label is there", "set 'label'");
  }

  SubjectBetas trials(const BData& file, const std::string& subject, int64_t first, const at::Tensor& column, const at::Tensor& chosen) const {
    const at::Tensor row = chosen.nonzero().flatten();
    if (row.numel() == 0) throw Error(subject + " has no sample of this DataType", "1 is training, 2 test");
    const at::Tensor label = file.variable(label_of(file)).index_select(0, row);
    if (!label.isfinite().all().item<bool>()) throw Error(subject + ": a sample has no image label");
    const at::Tensor image = label.mul(1e6).round().to(at::kLong);
    const at::Tensor session = file.has("Session") ? file.variable("Session").index_select(0, row).to(at::kLong) : at::full_like(image, -1);
    return {subject, first, file.data().index_select(0, row).index_select(1, column).to(at::kFloat), image, repeats_of(image), session};
  }

  static Voxels places_of(const BData& file, const std::string& subject, const at::Tensor& column) {
    Voxels found = unlabelled_voxels(subject, "native " + subject, column.numel());
    if (file.has("voxel_x") && file.has("voxel_y") && file.has("voxel_z"))
      found.position = at::stack({file.row("voxel_x"), file.row("voxel_y"), file.row("voxel_z")}, 1).index_select(0, column).to(at::kFloat);
    for (const auto& key : file.keys())
      if (key.substr(0, 4) == "ROI_") add_region(found, 0, key.substr(4), file.row(key).index_select(0, column).eq(1));
    return found;
  }

  BdataParams params_;
};

BGRAPH_NODE(Bdata, "io.bdata")

}  // namespace bgraph::io

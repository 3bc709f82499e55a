// io.brainit: the published Brain-IT code's own prepared fMRI (data/nsd_data/fmri_v2.npz and its neighbours).
//
//   fmri_v2.npz   single_sub_fmri [n, most voxels]  a subject's own images, valid up to its number of voxels
//                 single_sub [n]  subject from 0    multi_sub_fmri [m, all voxels]  shared images, subjects side by side
//                 type_sample [73000]  0 unseen, 1 seen by one, 2 by all    val_single_ind  rows of single_* for validation
//   num_voxels_all_subjects.npy [subjects, 2]  left, right
//
// Rows of single_* line up with the images of type 1, those of multi_* with type 2, both in 73k order. Rows are averages over
// repeats, z-scored per session over all trials. Arrays stored without compression stay in the file. A shared image a subject
// never saw is a row of NaN: it is left out of that subject's trials.
//
//   [nodes.data]
//   type   = "io.brainit"
//   fmri   = "${data}/nsd_data/fmri_v2.npz"
//   counts = "${data}/nsd_data/num_voxels_all_subjects.npy"

#include "npz.h"
#include "subject_set.h"

#include <bgraph/sdk/data/wrong_file.h>
#include <bgraph/sdk/node.h>
#include <bgraph/sdk/values/stored_rows.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/isin.h>

namespace bgraph::io {

struct BrainitParams {
  File fmri, counts;

  template <class Visitor>
  void visit(Visitor& field) {
    field("fmri", fmri, required(), "fmri_v2.npz, saved with numpy.savez");
    field("counts", counts, required(), "num_voxels_all_subjects.npy");
  }
};

class Brainit final : public Node {
 public:
  explicit Brainit(BrainitParams params) : params_(std::move(params)) {}

  Out<Betas> train{this, "train", "averages, each subject's own images", "train"};
  Out<Betas> validation{this, "validation", "averages, own images held out", "validation"};
  Out<Betas> test{this, "test", "averages, shared images", "test"};
  Out<Voxels> voxels{this, "voxels", "hemisphere of every voxel"};

  void run(Context& ctx) override {
    const Npz file(params_.fmri.path);
    const at::Tensor counts = read_npy(params_.counts.path).to(at::kLong);
    if (counts.dim() != 2 || counts.size(1) != 2) throw wrong_file(params_.counts.path, "array", "[subjects, 2]", shape_text(counts.sizes().vec()));
    const at::Tensor owner = file.array("single_sub").flatten().to(at::kLong), type = file.array("type_sample").flatten().to(at::kLong);
    const at::Tensor own_images = type.eq(1).nonzero().flatten(), shared_images = type.eq(2).nonzero().flatten();
    const at::Tensor held = file.array("val_single_ind").flatten().to(at::kLong);
    const ArrayRef single = with_digest(ctx, file.reference("single_sub_fmri")), multi = with_digest(ctx, file.reference("multi_sub_fmri"));
    expect_rows(single, owner.numel(), "single_sub");
    expect_rows(single, own_images.numel(), "images of type 1");
    expect_rows(multi, shared_images.numel(), "images of type 2");
    if (multi.columns() != counts.sum().item<int64_t>())
      throw wrong_file(params_.fmri.path, "columns of 'multi_sub_fmri'", std::to_string(counts.sum().item<int64_t>()) + " (sum of the counts)", std::to_string(multi.columns()));
    Betas fitted{.id_space = "nsd-73k", .split = "train"}, checked{.id_space = "nsd-73k", .split = "validation"}, tested{.id_space = "nsd-73k", .split = "test"};
    std::vector<Voxels> places;
    int64_t first = 0;
    for (int64_t s = 0; s < counts.size(0); ++s) {
      const int64_t left = counts[s][0].item<int64_t>(), count = counts[s].sum().item<int64_t>();
      const std::string subject = "subj0" + std::to_string(s + 1);
      const at::Tensor row = owner.eq(s).nonzero().flatten(), is_held = at::isin(row, held);
      fitted.subjects.push_back(rows_of(subject, first, single, 0, count, row.masked_select(is_held.logical_not()), own_images));
      checked.subjects.push_back(rows_of(subject, first, single, 0, count, row.masked_select(is_held), own_images));
      SubjectBetas shared = rows_of(subject, first, multi, first, count, at::arange(shared_images.numel(), at::kLong), shared_images);
      tested.subjects.push_back(shared.select(seen(ctx, shared)));
      Voxels found = unlabelled_voxels(subject, "fsaverage", count);
      found.hemisphere.slice(0, 0, left).fill_(0);
      found.hemisphere.slice(0, left, count).fill_(1);
      places.push_back(found);
      first += count;
    }
    const Json done = {{"what", "brain-it"}, {"zscore", "session, all trials"}, {"average", "repeats"}};
    fitted.done.push_back(done), checked.done.push_back(done), tested.done.push_back(done);
    train = fitted, validation = checked, test = tested, voxels = joined_voxels(places);
  }

 private:
  void expect_rows(const ArrayRef& ref, int64_t expected, const std::string& of) const {
    if (ref.rows() != expected) throw wrong_file(params_.fmri.path, "number of rows", std::to_string(expected) + " (of " + of + ")", std::to_string(ref.rows()));
  }

  static SubjectBetas rows_of(const std::string& subject, int64_t first_voxel, const ArrayRef& ref, int64_t first_column, int64_t count, const at::Tensor& row, const at::Tensor& images) {
    StoredRows rows;
    rows.parts.push_back({.blocks = {ref}, .column = at::arange(first_column, first_column + count, at::kLong)});
    rows.row = row;
    const at::Tensor none = at::full_like(row, -1);
    return {subject, first_voxel, {}, images.index_select(0, row), none, none, std::make_shared<StoredRows>(std::move(rows))};
  }

  /// Rows that are not NaN throughout.
  static at::Tensor seen(Context& ctx, const SubjectBetas& trials) {
    if (trials.trials() == 0) return at::arange(0, at::kLong);
    return responses(ctx, trials, at::arange(trials.trials(), at::kLong)).isnan().all(1).logical_not().nonzero().flatten();
  }

  BrainitParams params_;
};

BGRAPH_NODE(Brainit, "io.brainit")

}  // namespace bgraph::io

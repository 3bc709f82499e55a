// io.vim1: natural grey images seen by two subjects at 4 T (Kay, Naselaris, Prenger & Gallant 2008; CRCNS vim-1).
//
// `EstimatedResponses.mat` (MATLAB v7.3 in the release, v5 in copies): dataTrnS1, dataValS1 and S2 [voxels, images], roiS1, voxIdxS1;
// `Stimuli.mat` (v5): stimTrn [1750, 128, 128], stimVal [120, 128, 128]. Training images are 0 ... 1749, validation images follow, in id
// space "vim-1"; the release's validation images are the test split. Responses are peak amplitudes as estimated; they are
// averages over repeats, so no voxel can be chosen by repeats: that would take test trials.
//
// A voxel that is NaN in any row of either part is left out and counted in a warning. Regions: V1, V2, V3, V3A, V3B, V4, LatOcc. The
// voxel index (column-major in 64 x 64 x 18, from 1) becomes (i, j, k) from 0. Grey levels are scaled to 0..1 over all images.
//
//   [nodes.data]
//   type      = "io.vim1"
//   responses = "${data}/vim-1/EstimatedResponses.mat"
//   stimuli   = "${data}/vim-1/Stimuli.mat"

#include "mat_file.h"
#include "subject_set.h"

#include <bgraph/sdk/data/wrong_file.h>
#include <bgraph/sdk/node.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

namespace bgraph::io {

struct Vim1Params {
  File responses, stimuli;
  std::vector<int64_t> subjects = {1, 2};

  template <class Visitor>
  void visit(Visitor& field) {
    field("responses", responses, required(), "EstimatedResponses.mat");
    field("stimuli", stimuli, required(), "Stimuli.mat");
    field("subjects", subjects, between(1, 2), "1, 2 or both, in the order of voxels");
  }
};

class Vim1 final : public Node {
 public:
  explicit Vim1(Vim1Params params) : params_(std::move(params)) {}

  Out<Betas> train{this, "train", "responses to the 1750 training images", "train"};
  Out<Betas> test{this, "test", "responses to the 120 validation images", "test"};
  Out<Images> train_images{this, "train_images", "grey images", "train"};
  Out<Images> test_images{this, "test_images", "grey images", "test"};
  Out<Voxels> voxels{this, "voxels", "place and region of every voxel"};

  void run(Context& ctx) override {
    const MatFile stimuli(params_.stimuli.path);
    const at::Tensor fitted = stack_of(stimuli, "stimTrn"), tested = stack_of(stimuli, "stimVal");
    const double low = std::min(fitted.min().item<double>(), tested.min().item<double>()), high = std::max(fitted.max().item<double>(), tested.max().item<double>());
    train_images = grey(fitted, low, high, 0, "train");
    test_images = grey(tested, low, high, fitted.size(0), "test");

    const MatFile file(params_.responses.path);
    Betas first{.id_space = "vim-1", .split = "train"}, second{.id_space = "vim-1", .split = "test"};
    std::vector<Voxels> places;
    int64_t first_voxel = 0;
    for (const int64_t number : params_.subjects) {
      const std::string tag = "S" + std::to_string(number);
      const at::Tensor training = file.matrix("dataTrn" + tag, -1, fitted.size(0)).t(), validation = file.matrix("dataVal" + tag, training.size(1), tested.size(0)).t();
      const at::Tensor kept = training.isfinite().all(0).logical_and(validation.isfinite().all(0)).nonzero().flatten();
      if (const int64_t left_out = training.size(1) - kept.numel(); left_out > 0)
        ctx.warn(tag + ": " + std::to_string(left_out) + " of " + std::to_string(training.size(1)) + " voxels are NaN in some image and are left out");
      first.subjects.push_back(trials(tag, first_voxel, training.index_select(1, kept), 0));
      second.subjects.push_back(trials(tag, first_voxel, validation.index_select(1, kept), fitted.size(0)));
      places.push_back(places_of(file, tag, training.size(1), kept));
      first_voxel += kept.numel();
    }
    const Json done = {{"what", "vim-1"}, {"unit", "estimated responses, averaged over repeats"}};
    first.done.push_back(done), second.done.push_back(done);
    train = first, test = second, voxels = joined_voxels(places);
  }

 private:
  static at::Tensor stack_of(const MatFile& file, const std::string& name) {
    const at::Tensor stack = file.array(name);
    if (stack.dim() != 3 || stack.size(1) != stack.size(2)) throw ShapeError("'" + name + "' is " + shape_text(stack) + ", expected [images, side, side]");
    return stack.to(at::kDouble);
  }

  static Images grey(const at::Tensor& stack, double low, double high, int64_t first_id, const std::string& split) {
    const int64_t count = stack.size(0);
    const at::Tensor unit = ((stack - low) / std::max(high - low, 1e-12)).to(at::kFloat).unsqueeze(1).expand({-1, 3, -1, -1}).contiguous();
    return {unit, at::arange(first_id, first_id + count, at::kLong), at::full({count}, -1, at::kLong), "vim-1", split};
  }

  static SubjectBetas trials(const std::string& subject, int64_t first_voxel, const at::Tensor& responses, int64_t first_id) {
    const at::Tensor none = at::full({responses.size(0)}, -1, at::kLong);
    return {subject, first_voxel, responses.to(at::kFloat).contiguous(), at::arange(first_id, first_id + responses.size(0), at::kLong), none, none};
  }

  static Voxels places_of(const MatFile& file, const std::string& tag, int64_t count, const at::Tensor& kept) {
    Voxels found = unlabelled_voxels(tag, "vim-1 " + tag, kept.numel());
    const at::Tensor roi = file.array("roi" + tag).flatten().to(at::kLong), index = file.array("voxIdx" + tag).flatten().to(at::kLong) - 1;
    if (roi.numel() != count || index.numel() != count)
      throw ShapeError("'roi" + tag + "' has " + std::to_string(roi.numel()) + " and 'voxIdx" + tag + "' " + std::to_string(index.numel()) + " numbers, the responses " + std::to_string(count) + " voxels");
    found.roi_names = {"V1", "V2", "V3", "V3A", "V3B", "V4", "LatOcc"};
    found.roi = roi.index_select(0, kept) - 1;  // 0 = other becomes -1
    const at::Tensor own = index.index_select(0, kept);
    found.unit = "index", found.place = own;
    found.position = at::stack({own.remainder(64), own.div(64, "floor").remainder(64), own.div(64 * 64, "floor")}, 1).to(at::kFloat);
    return found;
  }

  Vim1Params params_;
};

BGRAPH_NODE(Vim1, "io.vim1")

}  // namespace bgraph::io

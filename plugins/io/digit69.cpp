// io.digit69: handwritten sixes and nines seen by one subject (van Gerven et al. 2010), from its MATLAB file.
//
// 100 trials of 100 different images, 3092 voxels of V1-V3: `fmriTrn` [90, 3092], `fmriTest` [10, 3092], `stimTrn`,
// `stimTest` [., 784] in MATLAB column order, `labelTrn`, `labelTest` (1 = "6", 2 = "9"). Rows 0-89 are the file's
// training part, 90-99 its test part. Responses are z-scored per voxel over the training trials of the split
// in use. image_id is the row, in id space "digit69".
//
// Held out are `test_rows` (default: the shipped ten), or, with `folds` > 0, fold number `fold` of a stratified
// division of all trials. The shipped ten are an easy draw; report folds first.
// The stimuli are MNIST *training* images: a prior for them must not come from there.
//
// NaN responses are counted and warned about. Errors: no such file or array, sizes that disagree.
//
// Source: van Gerven, de Lange & Heskes 2010, Neural Computation 22(12).
//
//   [nodes.data]
//   type  = "io.digit69"
//   file  = "${data}/fmri/digit69_28x28.mat"
//   folds = 10
//   fold  = 0

#include "mat_brains.h"
#include "mat_file.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/node.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>

namespace bgraph::io {

struct Digit69Params {
  File file;
  std::vector<int64_t> test_rows = {90, 91, 92, 93, 94, 95, 96, 97, 98, 99};
  int64_t folds = 0;
  int64_t fold = 0;

  template <class Visitor>
  void visit(Visitor& field) {
    field("file", file, required(), "digit69_28x28.mat");
    field("test_rows", test_rows, at_least(0), "trials held out, 0-99; used when folds = 0");
    field("folds", folds, at_least(0), "stratified folds over all trials; 0 = use test_rows");
    field("fold", fold, at_least(0), "which fold is held out");
  }
};

class Digit69 final : public Node {
 public:
  explicit Digit69(Digit69Params params) : params_(std::move(params)) { draws_numbers(); }

  Out<Betas> train{this, "train", "training trials, z-scored", "train"};
  Out<Betas> test{this, "test", "held-out trials, z-scored by the training trials", "test"};
  Out<Images> train_images{this, "train_images", "their stimuli, 28x28", "train"};
  Out<Images> test_images{this, "test_images", "their stimuli, 28x28", "test"};
  Out<Voxels> voxels{this, "voxels", "3092 voxels of V1-V3, positions not published"};

  void run(Context& ctx) override {
    const SmallSet set = read();
    report_oddities(set, params_.file.path, ctx);
    const HeldOut held = params_.folds > 0 ? hold_out_fold(set.category, params_.fold, params_.folds, ctx.rng("folds"))
                                           : hold_out_rows(set.responses.size(0), params_.test_rows);
    train = betas_of(set, held, held.train, "train");
    test = betas_of(set, held, held.test, "test");
    train_images = images_of(set, held.train, "train");
    test_images = images_of(set, held.test, "test");
    voxels = unplaced_voxels(set);
  }

 private:
  SmallSet read() const {
    const MatFile file(params_.file.path);
    const at::Tensor fitted = file.matrix("fmriTrn", -1, -1);
    const int64_t voxel_count = fitted.size(1), first = fitted.size(0);
    const at::Tensor tested = file.matrix("fmriTest", -1, voxel_count);
    const int64_t second = tested.size(0);
    const at::Tensor stimuli = at::cat({file.matrix("stimTrn", first, 784), file.matrix("stimTest", second, 784)});
    const at::Tensor labels = at::cat({file.matrix("labelTrn", first, 1), file.matrix("labelTest", second, 1)});
    return {.subject = "S1",
            .space = "digit69",
            .responses = at::cat({fitted, tested}),
            // 784 pixels in column order: [N, column, row] -> [N, row, column]
            .pixels = stimuli.reshape({-1, 28, 28}).transpose(1, 2).to(at::kByte).contiguous(),
            .image_id = at::arange(first + second, at::kLong),
            .category = labels.reshape({-1}).to(at::kLong)};
  }

  Digit69Params params_;
};

BGRAPH_NODE(Digit69, "io.digit69")

}  // namespace bgraph::io

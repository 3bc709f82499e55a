// decoding.ridge: pixels straight from responses by ridge regression, the baseline that is hard to beat on PixCorr.
//
//   pixels = clamp(mean + (betas - mean betas) W(lambda), 0, 1)       one W per subject
//
// lambda is chosen by K-fold inside each subject's training trials (all trials of an image in one fold), for the
// squared error of pixels. It looks blurred, and loses on deeper metrics. Rows go subject after subject, each in
// the order of first appearance (row = s * N + i where S subjects saw the same N images). Betas that are NaN count as
// the mean of their voxel over the training trials, and are counted in a warning.
//
// Source: Hoerl & Kennard 1970; as a baseline for reconstruction, Miyawaki et al. 2008 and later.
//
//   [nodes.ridge]
//   type   = "decoding.ridge"
//   inputs = { betas = "brains.train", images = "brains.train_images", scored = "brains.test" }

#include "image_rows.h"
#include "ridge_subjects.h"

#include <bgraph/sdk/node.h>
#include <torch/types.h>

namespace bgraph::decoding {

class Ridge final : public Node {
 public:
  explicit Ridge(RidgeParams params) : params_(std::move(params)) { draws_numbers(); }

  In<Betas> betas{this, "betas", "training trials", kFits};
  In<Images> images{this, "images", "their images", kFits};
  In<Betas> scored{this, "scored", "trials to decode, of the same subjects"};
  Out<Images> decoded{this, "images", "one image per subject and image (or trial)", "=scored"};
  Out<Tensor> subjects{this, "subjects", {"M"}, at::kLong, "index of each row's subject among those scored", "=scored"};
  Out<Table> choice{this, "choice", "penalty chosen for each subject", "=betas"};

  void run(Context& ctx) override {
    const ImageRows rows(images->image_id, "images");
    const at::Tensor flat = images->unit_range().flatten(1);  // [I, 3 H W]
    const auto decoding = decode_by_ridge(*betas, *scored, params_, [&](const at::Tensor& ids, const std::string& subject) {
      return flat.index_select(0, rows.rows_of(ids, subject));
    }, ctx);
    decoded = Images{decoding.outputs.clamp(0, 1).view({-1, 3, images->pixels.size(2), images->pixels.size(3)}),
                     decoding.image_id, at::full_like(decoding.image_id, -1), scored->id_space, scored->split};
    subjects = Tensor(decoding.subject, {"M"});
    choice = decoding.choice;
  }

 private:
  RidgeParams params_;
};

BGRAPH_NODE(Ridge, "decoding.ridge")

}  // namespace bgraph::decoding

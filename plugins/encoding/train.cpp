// encoding.train: fits the Universal Brain Encoder (encoding.universal) to the responses of all subjects.
//
//   loss  = MSE - cosine_weight * cosine (over voxels, mean over images)
//   rate  = Adam with amsgrad, times `factor` after more than `patience` epochs in which the 75th percentile of
//           the voxels' validation correlations did not rise by `threshold`; stop below 1e-7; best epoch kept
//
// Repeats of an image are averaged first. Without `validation` the rate is constant, the last epoch is kept, and
// `scores` has no rows. A voxel that is NaN in any sample is left out of fit and scores, counted and warned
// about; its row of the table is zero, so that its predictions are zero.
//
// Outputs: the model without voxels, the voxels' rows (`table`), and per subject the correlations on the
// validation images. The ids of the training images travel in the model.
//
// Source: Universal Brain Encoder (arXiv:2406.12179), training and metrics; schedule and amsgrad from its
// authors' release. Differs: voxel draws as said in fit.h.
//
//   [nodes.encoder]
//   type   = "encoding.train"
//   embedding = 64                 # and channels, adapter, rank, ...: of encoding.universal
//   epochs = 8
//   inputs = { betas = ["brains.train"], images = ["brains.train_images"], voxels = "brains.voxels",
//              backbone = "backbone.model", validation = "brains.validation",
//              validation_images = ["brains.validation_images"] }

#include "fit.h"
#include "scores.h"

#include <bgraph/sdk/node.h>
#include <torch/types.h>

namespace bgraph::encoding {

struct TrainParams {
  UniversalEncoderParams encoder;
  FitParams fit;
  int64_t patience = 4;
  double factor = 0.1;
  double threshold = 0.003;

  template <class Visitor>
  void visit(Visitor& field) {
    encoder.visit(field);
    fit.visit(field);
    field("patience", patience, at_least(0), "epochs without a gain before the rate falls");
    field("factor", factor, between(0, 1), "what the rate is multiplied with then");
    field("threshold", threshold, at_least(0), "smallest gain in correlation that counts");
  }
};

class Train final : public Node {
 public:
  explicit Train(TrainParams params) : params_(std::move(params)) { draws_numbers(); }

  InList<Betas> betas{this, "betas", "training trials; several values are joined", kFits | kStored};
  InList<Images> images{this, "images", "the images seen in them", kStored};
  In<Voxels> voxels{this, "voxels", "the subjects' voxels"};
  In<Model> backbone{this, "backbone", "ImageBackbone, kept frozen"};
  In<Betas> validation{this, "validation", "trials that choose rate and epoch, and are scored", kFits | kOptional};
  InList<Images> validation_images{this, "validation_images", "the images seen in those", kOptional | kStored};
  Out<Model> model{this, "model", "Encoder: everything voxels share"};
  Out<VoxelTable> table{this, "table", "learned row of every voxel"};
  Out<Table> scores{this, "scores", "validation correlations per subject", "=validation"};

  void run(Context& ctx) override {
    const Recordings training = training_recordings(ctx, *betas, *images, *voxels, params_.fit);
    std::optional<Recordings> validating;
    if (validation.given()) validating = record({*validation}, *validation_images, *voxels);

    Model made = ctx.recipe("encoding.universal", recipe_params());
    made.parts["backbone"] = *backbone;
    const auto encoder = std::static_pointer_cast<UniversalEncoder>(ctx.build<Encoder>(made));
    encoder->initialise(ctx.rng("weights"));
    auto rows = fresh_rows(voxels->size(), encoder->table_width(), ctx.rng("table")).to(ctx.device());
    const auto schedule = plateau_rate({.rate = params_.fit.rate, .higher_is_better = true,
                                        .factor = params_.factor, .patience = params_.patience,
                                        .threshold = params_.threshold});
    fit(ctx, *encoder, rows, /*shared_weights=*/true, training, validating ? &*validating : nullptr, params_.fit,
        *schedule);

    scores = validating ? score(ctx, *encoder, rows, *validating, *voxels) : score_table("");
    made.weights = weights_of(*encoder);
    made.trained_on = training.images.image_id;
    made.trained_space = training.id_space;
    model = std::move(made);
    table = VoxelTable{only_measured(rows, training).cpu(), voxels.digest().hex()};
  }

 private:
  Json recipe_params() const {
    const auto& e = params_.encoder;
    return {{"embedding", e.embedding}, {"channels", e.channels}, {"layers", e.layers}, {"dropout", e.dropout},
            {"adapter", e.adapter},     {"rank", e.rank},         {"alpha", e.alpha}};
  }

  TrainParams params_;
};

BGRAPH_NODE(Train, "encoding.train")

}  // namespace bgraph::encoding

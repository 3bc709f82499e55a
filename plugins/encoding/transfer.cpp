// encoding.transfer: rows for the voxels of a new subject, by an encoder trained on others.
//
// Everything the voxels share stays as it is; a fresh table is trained alone, with the loss of encoding.train.
// With `validation` the best epoch is kept and scored, else the last.
//
// Source: Universal Brain Encoder (arXiv:2406.12179), adaptation to a new subject; constant rate and 50 epochs from
// its authors' release.
//
//   [nodes.newcomer]
//   type   = "encoding.transfer"
//   inputs = { model = "encoder.model", betas = ["new.train"], images = ["new.train_images"], voxels = "new.voxels" }

#include "fit.h"
#include "scores.h"

#include <bgraph/sdk/node.h>
#include <torch/types.h>

namespace bgraph::encoding {

struct TransferParams {
  FitParams fit{.epochs = 50};

  template <class Visitor>
  void visit(Visitor& field) {
    fit.visit(field);
  }
};

class Transfer final : public Node {
 public:
  explicit Transfer(TransferParams params) : params_(params) { draws_numbers(); }

  In<Model> model{this, "model", "encoding.universal, trained on other subjects"};
  InList<Betas> betas{this, "betas", "training trials of the new subject", kFits | kStored};
  InList<Images> images{this, "images", "the images seen in them", kStored};
  In<Voxels> voxels{this, "voxels", "the new subject's voxels"};
  In<Betas> validation{this, "validation", "trials that choose the epoch, and are scored", kFits | kOptional};
  InList<Images> validation_images{this, "validation_images", "the images seen in those", kOptional | kStored};
  Out<VoxelTable> table{this, "table", "learned row of every new voxel"};
  Out<Table> scores{this, "scores", "validation correlations", "=validation"};

  void run(Context& ctx) override {
    const Recordings training = training_recordings(ctx, *betas, *images, *voxels, params_.fit);
    std::optional<Recordings> validating;
    if (validation.given()) validating = record({*validation}, *validation_images, *voxels);
    const auto encoder = universal(ctx, *model);
    auto rows = fresh_rows(voxels->size(), encoder->table_width(), ctx.rng("table")).to(ctx.device());
    const auto schedule = constant_rate(params_.fit.rate);
    fit(ctx, *encoder, rows, /*shared_weights=*/false, training, validating ? &*validating : nullptr, params_.fit,
        *schedule);
    scores = validating ? score(ctx, *encoder, rows, *validating, *voxels) : score_table("");
    table = VoxelTable{only_measured(rows, training).cpu(), voxels.digest().hex()};
  }

 private:
  TransferParams params_;
};

BGRAPH_NODE(Transfer, "encoding.transfer")

}  // namespace bgraph::encoding

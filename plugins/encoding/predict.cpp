// encoding.predict: what an encoder says every subject's voxels would do on seeing these images.
//
//   betas_s = encoder(images, table rows of subject s)          [N, V_s], z-scored like the encoder's training
//
// Predictions are expected responses: their variance is that of the explained part only, and repeat and
// session are -1. With `noise` (of encoding.residuals) each gets residual noise of that covariance, drawn
// per image and subject, so that they vary like single trials.
//
// `materialize = "recompute"` yields a view instead of numbers: encoder, table, images and voxels by digest,
// evaluated where it is read, in the same batches and so in the same bits. It takes no noise.
//
// Any encoder component will do. Error if the table belongs to other voxels.
//
// Source: Brain-IT (arXiv:2510.25976), external images: predicted without augmentation. Differs: the residual
// noise is ours.
//
//   [nodes.ext_betas]
//   type   = "encoding.predict"
//   inputs = { model = "encoder.model", table = "encoder.table", voxels = "brains.voxels",
//              images = "brains.external_images" }

#include <bgraph/sdk/node.h>
#include <bgraph/sdk/values/betas_view.h>
#include <torch/types.h>

namespace bgraph::encoding {

struct PredictParams {
  int64_t batch = 64;
  std::string materialize = "store";

  template <class Visitor>
  void visit(Visitor& field) {
    field("batch", batch, at_least(1), "images evaluated together; predictions change in the last bits with it");
    field("materialize", materialize, one_of({"store", "recompute"}), "keep the numbers, or how to make them");
  }
};

class Predict final : public Node {
 public:
  explicit Predict(PredictParams params) : params_(std::move(params)) { draws_numbers(); }

  In<Model> model{this, "model", "Encoder"};
  In<VoxelTable> table{this, "table", "its voxels' rows"};
  In<Images> images{this, "images", "what is to be seen", kStored};
  In<Voxels> voxels{this, "voxels", "the voxels of the table"};
  In<VoxelTable> noise{this, "noise", "residual noise to add, from encoding.residuals", kOptional};
  Out<Betas> betas{this, "betas", "predicted responses of every subject to every image", "=images"};

  void run(Context& ctx) override {
    if (table->voxels != voxels.digest().hex())
      throw Error("'table' belongs to other voxels than 'voxels'", "take both from the graph that trained the encoder");
    if (params_.materialize == "recompute") {
      if (noise.given()) throw Error("a view cannot carry noise", "set materialize = \"store\", or leave 'noise' out");
      Betas view{.id_space = images->id_space, .split = images->split, .predicted = true};
      view.views.push_back({model.digest().hex(), table.digest().hex(), images.digest().hex(),
                            voxels.digest().hex(), params_.batch});
      betas = std::move(view);
      return;
    }
    const auto encoder = ctx.build<Encoder>(*model);
    Betas predicted = predicted_betas(ctx, *encoder, *table, *images, *voxels, params_.batch);
    if (noise.given()) add_noise(ctx, predicted);
    betas = std::move(predicted);
  }

 private:
  /// noise rows: [own sd | loadings on shared factors]
  void add_noise(Context& ctx, Betas& predicted) const {
    if (noise->voxels != voxels.digest().hex()) throw Error("'noise' belongs to other voxels than 'voxels'");
    for (size_t s = 0; s < predicted.subjects.size(); ++s) {
      auto& subject = predicted.subjects[s];
      const auto rows = noise->rows.narrow(0, subject.first_voxel, subject.voxels());  // [V, 1 + r]
      const auto own = rows.select(1, 0), loadings = rows.slice(1, 1);
      for (int64_t i = 0; i < subject.trials(); ++i) {
        Rng rng = ctx.rng("noise", static_cast<int64_t>(s), i);
        const auto factors = rng.normal({loadings.size(1)});
        subject.betas[i] += own * rng.normal({subject.voxels()}) + at::mv(loadings, factors);
      }
    }
  }

  PredictParams params_;
};

BGRAPH_NODE(Predict, "encoding.predict")

}  // namespace bgraph::encoding

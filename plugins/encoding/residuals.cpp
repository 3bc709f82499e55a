// encoding.residuals: what an encoder leaves unexplained in single trials, as a noise model per subject.
//
//   residual = trial - prediction, voxel means removed              [N, V]
//   covariance ~ diag(sd^2) + L L^T        L [V, rank]: leading right singular vectors times s / sqrt(N - 1)
//   sd^2 = residual variance - row sums of L^2, not below 0
//
// Output rows are [sd | L]; encoding.predict draws from them. Residuals of trials the encoder was fitted to are
// too small, so images it was trained on are refused. A voxel with NaN responses gets zeros.
// With few trials the leading factors are too large (they fit noise): keep rank well below N.
//
// Source: ours; the form (diagonal and low rank) is factor analysis by principal components.
//
//   [nodes.residuals]
//   type   = "encoding.residuals"
//   rank   = 4
//   inputs = { model = "encoder.model", table = "encoder.table", voxels = "brains.voxels",
//              betas = ["brains.validation"], images = ["brains.validation_images"] }

#include "fit.h"

#include <bgraph/sdk/node.h>
#include <torch/types.h>

namespace bgraph::encoding {

struct ResidualsParams {
  int64_t rank = 4;

  template <class Visitor>
  void visit(Visitor& field) {
    field("rank", rank, at_least(0), "shared factors of the noise; 0 = independent voxels");
  }
};

class Residuals final : public Node {
 public:
  explicit Residuals(ResidualsParams params) : params_(params) {}

  In<Model> model{this, "model", "encoding.universal"};
  In<VoxelTable> table{this, "table", "its voxels' rows"};
  InList<Betas> betas{this, "betas", "single trials the encoder was not fitted to", kFits};
  InList<Images> images{this, "images", "the images seen in them"};
  In<Voxels> voxels{this, "voxels", "the voxels of the table"};
  Out<VoxelTable> noise{this, "noise", "per voxel: sd of its own noise, then loadings on shared factors"};

  void run(Context& ctx) override {
    const Recordings trials = record(*betas, *images, *voxels, Repeats::apart);
    refuse_trained(trials);
    const auto encoder = universal(ctx, *model);
    RecordedTokens source(ctx, *encoder, trials, !encoder->adapted());
    const auto predicted = predict(*encoder, source, trials, table->rows.to(ctx.device()));
    auto rows = at::zeros({voxels->size(), 1 + params_.rank});
    for (size_t s = 0; s < predicted.size(); ++s) {
      const auto& subject = trials.subjects[s];
      const auto residual = (subject.betas - predicted[s]).index_select(1, subject.measured);
      rows.index_copy_(0, subject.measured + subject.first_voxel, noise_of(residual, subject.subject));
    }
    noise = VoxelTable{rows, voxels.digest().hex()};
  }

 private:
  void refuse_trained(const Recordings& trials) const {
    if (trials.id_space != model->trained_space || !model->trained_on.defined()) return;
    const int64_t seen = at::isin(trials.images.image_id, model->trained_on).sum().item<int64_t>();
    if (seen > 0)
      throw Error(std::to_string(seen) + " of " + std::to_string(trials.images.image_id.numel()) +
                      " images were seen in training: residuals of fitted trials are too small",
                  "give trials of images held out from encoding.train");
  }

  /// residual [N, V]  ->  [V, 1 + rank]
  at::Tensor noise_of(const at::Tensor& residual, const std::string& subject) const {
    const int64_t N = residual.size(0);
    if (N <= params_.rank + 1)
      throw Error(subject + " has " + std::to_string(N) + " trials, too few for " + std::to_string(params_.rank) +
                  " noise factors");
    const auto centred = (residual - residual.mean(0, true)).to(at::kDouble);
    const auto [u, s, v] = at::svd(centred);  // v [V, min(N, V)]
    const auto loadings = (v * s / std::sqrt(static_cast<double>(N - 1))).slice(1, 0, params_.rank);
    const auto own = (centred.square().sum(0) / (N - 1) - loadings.square().sum(1)).clamp_min(0.0).sqrt();
    return at::cat({own.unsqueeze(1), loadings}, 1).to(at::kFloat);
  }

  ResidualsParams params_;
};

BGRAPH_NODE(Residuals, "encoding.residuals")

}  // namespace bgraph::encoding

// encoding.fit_linear: a linear encoder on principal components of images, by ridge regression in closed form.
//
//   basis = leading principal components of `prior`, each divided by its standard deviation
//   w_v   = ridge weights of voxel v on the training images' coefficients                       (sdk/data/ridge.h)
//   noise = (1 - shrinkage) R^T R / N + shrinkage diag(R^T R / N), times noise_scale             R [N, V]
//
// R are leave-one-out residuals, which ridge gives exactly: neither `skill` (their correlation) nor `noise` is
// flattered by the fit, and no trial need be kept back. `noise` rows are [sd | loadings], what encoding.predict
// draws from. For some ninety trials and images of one kind; encoding.train is for thousands.
//
// `choice` (of decoding.kernel_posterior) replaces the constants of the same names by those chosen inside the
// training trials. Responses must be z-scored over the training trials (there is no intercept). Voxels with a NaN
// get a row of zeros and skill 0, with a warning.
//
// Source: ours, of standard parts; used where Brain-IT (arXiv:2510.25976) uses its universal encoder.
//
//   [nodes.encoder]
//   type   = "encoding.fit_linear"
//   inputs = { betas = "data.train", images = "data.train_images", prior = "mnist.images", voxels = "data.voxels" }

#include "linear.h"
#include "recordings.h"

#include <bgraph/sdk/data/chosen.h>
#include <bgraph/sdk/data/ridge.h>
#include <bgraph/sdk/node.h>
#include <torch/types.h>

#include <cmath>

namespace bgraph::encoding {

struct FitLinearParams {
  int64_t components = 30;
  double penalty = 10.0;
  double shrinkage = 0.5;
  double noise_scale = 1.0;

  template <class Visitor>
  void visit(Visitor& field) {
    field("components", components, at_least(1), "C, principal components that images are described by");
    field("penalty", penalty, above(0), "ridge penalty, on coefficients of unit variance");
    field("shrinkage", shrinkage, between(0, 1), "of the noise covariance: 0 = as measured, 1 = independent voxels");
    field("noise_scale", noise_scale, at_least(0), "factor on the noise covariance");
  }
};

class FitLinear final : public Node {
 public:
  explicit FitLinear(FitLinearParams params) : params_(params) {}

  In<Betas> betas{this, "betas", "training trials of one subject, z-scored", kFits};
  In<Images> images{this, "images", "their images", kFits};
  In<Images> prior{this, "prior", "images the components are taken from, of the same size", kFits};
  In<Voxels> voxels{this, "voxels", "the subject's voxels"};
  In<Table> choice{this, "choice", "constants chosen elsewhere, in a row 'chosen'", kOptional};
  Out<Model> model{this, "model", "Encoder: centre and basis"};
  Out<VoxelTable> table{this, "table", "ridge weights of every voxel"};
  Out<VoxelTable> noise{this, "noise", "per voxel: sd of its own noise, then loadings on shared factors"};
  Out<Tensor> skill{this, "skill", {"V"}, at::kFloat, "correlation of leave-one-out predictions with responses"};

  void run(Context& ctx) override {
    if (choice.given()) take(*choice);
    const Recordings trials = record({*betas}, {*images}, *voxels, Repeats::apart);
    if (trials.subjects.size() != 1)
      throw Error("encoding.fit_linear fits one subject, found " + std::to_string(trials.subjects.size()));
    const auto& subject = trials.subjects.front();
    if (trials.unmeasured() > 0)
      ctx.warn(std::to_string(trials.unmeasured()) + " voxels with NaN responses get no weights");
    const at::Tensor y = subject.betas.index_select(1, subject.measured).to(at::kDouble);  // [N, n]
    refuse_offsets(y);

    const at::Tensor basis = components_of(grey(prior->unit_range()));         // [C, P]
    const at::Tensor seen = grey(trials.images.unit_range(ctx, subject.image));  // [N, P]
    const at::Tensor centre = seen.mean(0);
    const RidgeFit fit = fit_ridge((seen - centre).matmul(basis.t()), y, params_.penalty);

    Model made = ctx.recipe("encoding.linear", {{"components", basis.size(0)}, {"pixels", basis.size(1)}});
    made.weights = {{"basis", basis.to(at::kFloat)}, {"centre", centre.to(at::kFloat)}};
    made.trained_on = trials.images.image_id;
    made.trained_space = trials.id_space;
    model = std::move(made);
    table = rows_of(fit.weights.t(), subject.measured);
    noise = rows_of(noise_of(fit.residuals), subject.measured);
    skill = Tensor(rows_of(fit.skill.unsqueeze(1), subject.measured).rows.squeeze(1), {"V"});
  }

 private:
  void take(const Table& chosen) {
    params_.components = static_cast<int64_t>(chosen_constant(chosen, "components"));
    params_.penalty = chosen_constant(chosen, "penalty");
    params_.shrinkage = chosen_constant(chosen, "shrinkage");
    params_.noise_scale = chosen_constant(chosen, "noise_scale");
  }

  static at::Tensor grey(const at::Tensor& pixels) { return pixels.mean(1).flatten(1).to(at::kDouble); }  // [N, P]

  /// The trials' mean is the intercept, so it must be zero: 1e-3 sd is far above the rounding of a z-score.
  static void refuse_offsets(const at::Tensor& y) {
    const double offset = y.mean(0).abs().max().item<double>();
    if (offset > 1e-3)
      throw Error("responses have a mean of up to " + std::to_string(offset) + " over the training trials, expected 0",
                  "z-score them over the training trials");
  }

  at::Tensor components_of(const at::Tensor& pictures) const {
    const auto [left, singular, right] = at::linalg_svd(pictures - pictures.mean(0), /*full_matrices=*/false);
    const int64_t count = std::min({params_.components, pictures.size(0) - 1, pictures.size(1)});
    const at::Tensor scale = singular.slice(0, 0, count) / std::sqrt(static_cast<double>(pictures.size(0) - 1));
    return right.slice(0, 0, count) / scale.unsqueeze(1);
  }

  /// residuals [N, V]  ->  [V, 1 + N]
  at::Tensor noise_of(const at::Tensor& residuals) const {
    const double trials = static_cast<double>(residuals.size(0));
    const at::Tensor own = (residuals.square().mean(0) * (params_.shrinkage * params_.noise_scale)).sqrt();
    const at::Tensor loadings = residuals.t() * std::sqrt((1.0 - params_.shrinkage) * params_.noise_scale / trials);
    return at::cat({own.unsqueeze(1), loadings}, 1);
  }

  VoxelTable rows_of(const at::Tensor& measured, const at::Tensor& columns) const {
    const at::Tensor rows = at::zeros({voxels->size(), measured.size(1)});
    return {rows.index_copy(0, columns, measured.to(at::kFloat)), voxels.digest().hex()};
  }

  FitLinearParams params_;
};

BGRAPH_NODE(FitLinear, "encoding.fit_linear")

}  // namespace bgraph::encoding

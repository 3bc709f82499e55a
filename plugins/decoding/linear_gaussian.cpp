// decoding.linear_gaussian: images as the posterior mean of a linear encoder under a Gaussian image prior.
//
//   y = A z + b + e,   e ~ N(0, S),   x = mean + basis^T (scale z),   z ~ N(0, I)
//   x^ = mean + basis^T scale (A^T S^-1 A + I)^-1 A^T S^-1 (y - b)
//
// The prior comes from `prior` (images without responses), A and S from the training trials. Every constant (number
// of components, of voxels, ridge penalty, shrinkage of S) is chosen by `inner_folds`-fold cross-validation inside
// the training trials, for the mean Pearson correlation of images; the lists are what it chooses from. Voxels with
// a NaN in any training or scored trial are left out, with a warning. One subject; repeats are scored one by one.
//
// Source: Schoenmakers et al. 2013 (NeuroImage 83) for the decoder with a natural prior; Brain-IT has no such baseline.
//
//   [nodes.linear_gaussian]
//   type   = "decoding.linear_gaussian"
//   inputs = { betas = "data.train", images = "data.train_images", prior = "mnist.images", scored = "data.test" }

#include "constant_lists.h"
#include "image_prior.h"
#include "linear_gaussian_model.h"
#include "measured_trials.h"

#include <bgraph/sdk/data/correlation.h>
#include <bgraph/sdk/node.h>
#include <torch/types.h>

#include <algorithm>

namespace bgraph::decoding {

using LinearGaussianParams = ConstantLists;

struct LinearGaussianChoice {
  int64_t components = 0, voxels = 0;
  double penalty = 0, shrinkage = 0;
  double score = -2;  // mean correlation of images over the inner folds
};

class LinearGaussian final : public Node {
 public:
  explicit LinearGaussian(LinearGaussianParams params) : params_(std::move(params)) { draws_numbers(); }

  In<Betas> betas{this, "betas", "training trials of one subject", kFits};
  In<Images> images{this, "images", "their images", kFits};
  In<Images> prior{this, "prior", "images the prior is made from, of the same size", kFits};
  In<Betas> scored{this, "scored", "trials to decode, of the same subject"};
  Out<Images> decoded{this, "images", "one image per scored trial, in order", "=scored"};
  Out<Table> choice{this, "choice", "the constants chosen, with their inner cross-validation score", "=betas"};

  void run(Context& ctx) override {
    const MeasuredTrials trials = measured_trials(*betas, *images, *scored, ctx);
    const ImagePrior whole = fit_prior(flat_grey(*prior), *std::max_element(params_.components.begin(), params_.components.end()));
    const LinearGaussianChoice best = choose(whole, trials, ctx);
    const ImagePrior part = whole.leading(best.components);
    const RidgeFit fit = fit_ridge(part.coefficients(trials.pictures), trials.betas, best.penalty);
    decoded = decoded_images(decode(fit, part, trials.scored, best.voxels, best.shrinkage), *images, trials.image_id, *scored);
    choice = table_of(best);
  }

 private:
  static at::Tensor decode(const RidgeFit& fit, const ImagePrior& part, const at::Tensor& scored, int64_t voxels,
                           double shrinkage) {
    const LinearLikelihood likelihood(fit, voxels, shrinkage);
    return part.pixels(gaussian_posterior_mean(likelihood.statistic(scored), likelihood.precision()));
  }

  /// The constants with the best mean image correlation over the inner folds; the first of equals.
  LinearGaussianChoice choose(const ImagePrior& whole, const MeasuredTrials& trials, Context& ctx) const {
    const auto folds = inner_folds(trials.betas.size(0), params_.inner_folds, ctx.rng("inner folds"));
    const auto steps = static_cast<int64_t>(params_.components.size() * params_.penalties.size());
    LinearGaussianChoice best;
    int64_t done = 0;
    for (const int64_t components : params_.components)
      for (const double penalty : params_.penalties) {
        ctx.stop_if_cancelled();
        const at::Tensor scores = inner_scores(whole.leading(components), trials, folds, penalty);
        for (size_t v = 0; v < params_.voxels.size(); ++v)
          for (size_t s = 0; s < params_.shrinkages.size(); ++s) {
            const auto score = scores[static_cast<int64_t>(v)][static_cast<int64_t>(s)].item<double>();
            if (score > best.score) best = {components, params_.voxels[v], penalty, params_.shrinkages[s], score};
          }
        ctx.progress(++done, steps);
      }
    return best;
  }

  /// Mean correlation of decoded images, per number of voxels and shrinkage; the ridge is fitted once per fold.
  at::Tensor inner_scores(const ImagePrior& part, const MeasuredTrials& trials,
                          const std::vector<std::pair<at::Tensor, at::Tensor>>& folds, double penalty) const {
    const at::Tensor z = part.coefficients(trials.pictures);
    at::Tensor scores = at::zeros({static_cast<int64_t>(params_.voxels.size()),
                                   static_cast<int64_t>(params_.shrinkages.size())}, at::kDouble);
    for (const auto& [kept, held] : folds) {
      const RidgeFit fit = fit_ridge(z.index_select(0, kept), trials.betas.index_select(0, kept), penalty);
      const at::Tensor seen = trials.pictures.index_select(0, held), responses = trials.betas.index_select(0, held);
      for (size_t v = 0; v < params_.voxels.size(); ++v)
        for (size_t s = 0; s < params_.shrinkages.size(); ++s)
          scores[static_cast<int64_t>(v)][static_cast<int64_t>(s)] +=
              paired_correlation(decode(fit, part, responses, params_.voxels[v], params_.shrinkages[s]), seen).mean();
    }
    return scores / static_cast<double>(folds.size());
  }

  Table table_of(const LinearGaussianChoice& best) const {
    Table table{.title = "linear-Gaussian decoder: constants chosen inside the training trials", .split = betas->split};
    table.column("components").column("voxels").column("penalty").column("shrinkage").column("pixcorr", "", "higher");
    table.row("chosen").cells = {{"components", static_cast<double>(best.components)},
                                 {"voxels", static_cast<double>(best.voxels)},
                                 {"penalty", best.penalty},
                                 {"shrinkage", best.shrinkage},
                                 {"pixcorr", best.score}};
    return table;
  }

  LinearGaussianParams params_;
};

BGRAPH_NODE(LinearGaussian, "decoding.linear_gaussian")

}  // namespace bgraph::decoding

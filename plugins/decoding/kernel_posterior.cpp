// decoding.kernel_posterior: images as the posterior mean of a linear encoder under a kernel density of examples.
//
//   prior: an example, shrunk by sqrt(1 - bandwidth), plus bandwidth of the examples' own Gaussian
//   x^ = E[x | y] in closed form: examples weighted by how well they explain the responses, each corrected by them
//
// (kernel_posterior_model.h has the formulas.) bandwidth 0 averages the examples themselves, 1 is
// decoding.linear_gaussian. noise_scale above 1 tempers the likelihood, whose noise covariance comes from few
// trials. Every constant is chosen by `inner_folds`-fold cross-validation inside the training trials, for the mean
// Pearson correlation of images; the lists are what it chooses from.
//
// This is what a network trained on examples with simulated responses approximates, and hence its ceiling; `choice` hands
// the constants to such a network's encoding.fit_linear and voxels.keep.
//
// Voxels with a NaN in any training or scored trial are left out, with a warning. One subject; repeats are scored one
// by one.
//
// Source: ours; the estimate is the regression of Nadaraya 1964 and Watson 1964 with the likelihood as kernel.
//
//   [nodes.kernel_posterior]
//   type   = "decoding.kernel_posterior"
//   inputs = { betas = "data.train", images = "data.train_images", prior = "mnist.images", scored = "data.test" }

#include "constant_lists.h"
#include "kernel_posterior_model.h"
#include "linear_gaussian_model.h"
#include "measured_trials.h"

#include <bgraph/sdk/data/correlation.h>
#include <bgraph/sdk/node.h>
#include <torch/types.h>

#include <algorithm>

namespace bgraph::decoding {

struct KernelPosteriorParams : ConstantLists {
  std::vector<double> noise_scales = {1.0, 2.0, 4.0, 8.0};
  std::vector<double> bandwidths = {0.0, 0.25, 0.5, 1.0};

  KernelPosteriorParams() {
    voxels = {400};
    penalties = {10.0};
    shrinkages = {0.5, 0.8};
  }

  template <class Visitor>
  void visit(Visitor& field) {
    ConstantLists::visit(field);
    field("noise_scales", noise_scales, above(0), "factors on the noise covariance to choose from");
    field("bandwidths", bandwidths, between(0, 1), "shares of the prior's variance that lie within a kernel, to choose from");
  }
};

struct KernelPosteriorChoice {
  int64_t components = 0, voxels = 0;
  double penalty = 0, shrinkage = 0, noise_scale = 0, bandwidth = 0;
  double score = 0;  // mean correlation of images over the inner folds
};

class KernelPosterior final : public Node {
 public:
  explicit KernelPosterior(KernelPosteriorParams params) : params_(std::move(params)) { draws_numbers(); }

  In<Betas> betas{this, "betas", "training trials of one subject", kFits};
  In<Images> images{this, "images", "their images", kFits};
  In<Images> prior{this, "prior", "examples of what may be seen, of the same size", kFits};
  In<Betas> scored{this, "scored", "trials to decode, of the same subject"};
  Out<Images> decoded{this, "images", "one image per scored trial, in order", "=scored"};
  Out<Table> choice{this, "choice", "the constants chosen, with their inner cross-validation score", "=betas"};

  void run(Context& ctx) override {
    const MeasuredTrials trials = measured_trials(*betas, *images, *scored, ctx);
    const at::Tensor pictures = flat_grey(*prior);
    const ImagePrior whole = fit_prior(pictures, *std::max_element(params_.components.begin(), params_.components.end()));
    const KernelPosteriorChoice best = choose(pictures, whole, trials, ctx);
    const Examples examples(pictures, whole.leading(best.components));
    const RidgeFit fit = fit_ridge(examples.prior.coefficients(trials.pictures), trials.betas, best.penalty);
    const LinearLikelihood likelihood(fit, best.voxels, best.shrinkage);
    decoded = decoded_images(kernel_posterior_mean(examples, likelihood.statistic(trials.scored), likelihood.precision(),
                                                   best.bandwidth, best.noise_scale),
                             *images, trials.image_id, *scored);
    choice = table_of(best);
  }

 private:
  std::vector<KernelPosteriorChoice> candidates() const {
    std::vector<KernelPosteriorChoice> all;
    for (const int64_t components : params_.components)
      for (const double penalty : params_.penalties)
        for (const int64_t voxels : params_.voxels)
          for (const double shrinkage : params_.shrinkages)
            for (const double noise_scale : params_.noise_scales)
              for (const double bandwidth : params_.bandwidths)
                all.push_back({components, voxels, penalty, shrinkage, noise_scale, bandwidth});
    return all;
  }

  /// The candidate with the best mean image correlation over the inner folds; the first of equals.
  KernelPosteriorChoice choose(const at::Tensor& pictures, const ImagePrior& whole, const MeasuredTrials& trials,
                               Context& ctx) const {
    auto all = candidates();
    const auto folds = inner_folds(trials.betas.size(0), params_.inner_folds, ctx.rng("inner folds"));
    int64_t done = 0;
    for (const int64_t components : params_.components) {
      const Examples examples(pictures, whole.leading(components));
      const at::Tensor z = examples.prior.coefficients(trials.pictures);
      for (const auto& [kept, held] : folds) {
        ctx.stop_if_cancelled();
        for (const double penalty : params_.penalties) {
          const RidgeFit fit = fit_ridge(z.index_select(0, kept), trials.betas.index_select(0, kept), penalty);
          for (auto& candidate : all)
            if (candidate.components == components && candidate.penalty == penalty)
              candidate.score += inner_score(candidate, examples, fit, trials, held) / static_cast<double>(folds.size());
        }
        ctx.progress(++done, static_cast<int64_t>(params_.components.size() * folds.size()));
      }
    }
    return *std::max_element(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.score < b.score; });
  }

  static double inner_score(const KernelPosteriorChoice& candidate, const Examples& examples, const RidgeFit& fit,
                            const MeasuredTrials& trials, const at::Tensor& held) {
    const LinearLikelihood likelihood(fit, candidate.voxels, candidate.shrinkage);
    const at::Tensor pictures =
        kernel_posterior_mean(examples, likelihood.statistic(trials.betas.index_select(0, held)), likelihood.precision(),
                              candidate.bandwidth, candidate.noise_scale);
    return paired_correlation(pictures, trials.pictures.index_select(0, held)).mean().item<double>();
  }

  Table table_of(const KernelPosteriorChoice& best) const {
    Table table{.title = "kernel posterior: constants chosen inside the training trials", .split = betas->split};
    for (const char* name : {"components", "voxels", "penalty", "shrinkage", "noise_scale", "bandwidth"}) table.column(name);
    table.column("pixcorr", "", "higher");
    table.row("chosen").cells = {{"components", static_cast<double>(best.components)},
                                 {"voxels", static_cast<double>(best.voxels)},
                                 {"penalty", best.penalty},
                                 {"shrinkage", best.shrinkage},
                                 {"noise_scale", best.noise_scale},
                                 {"bandwidth", best.bandwidth},
                                 {"pixcorr", best.score}};
    return table;
  }

  KernelPosteriorParams params_;
};

BGRAPH_NODE(KernelPosterior, "decoding.kernel_posterior")

}  // namespace bgraph::decoding

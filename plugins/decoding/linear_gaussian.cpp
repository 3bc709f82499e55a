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

#include "image_prior.h"
#include "linear_gaussian_model.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/node.h>

#include <ATen/ops/full.h>
#include <ATen/ops/logical_or.h>
#include <ATen/ops/stack.h>

#include <map>

namespace bgraph::decoding {

struct LinearGaussianParams {
  std::vector<int64_t> components = {20, 30, 45};
  std::vector<int64_t> voxels = {200, 400, 800};
  std::vector<double> penalties = {3.0, 10.0, 30.0};
  std::vector<double> shrinkages = {0.3, 0.6, 0.9};
  int64_t inner_folds = 6;

  template <class Visitor>
  void visit(Visitor& field) {
    field("components", components, at_least(1), "numbers of principal components of the prior to choose from");
    field("voxels", voxels, at_least(1), "numbers of best predicted voxels to choose from");
    field("penalties", penalties, above(0), "ridge penalties to choose from, on coefficients of unit variance");
    field("shrinkages", shrinkages, between(0, 1), "shrinkages of the noise covariance to choose from");
    field("inner_folds", inner_folds, at_least(2), "folds of the inner cross-validation");
  }
};

namespace {

at::Tensor flat_grey(const Images& images) {  // [N, H * W] float64 in [0, 1]
  return images.unit_range().mean(1).flatten(1).to(at::kDouble);
}

/// Pictures of the trials, by image id.
at::Tensor pictures_of(const SubjectBetas& trials, const Images& images) {
  std::map<int64_t, int64_t> row_of;
  for (int64_t row = 0; row < images.size(); ++row) row_of[images.image_id[row].item<int64_t>()] = row;
  const at::Tensor flat = flat_grey(images);
  std::vector<at::Tensor> rows;
  for (int64_t trial = 0; trial < trials.trials(); ++trial) {
    const auto id = trials.image_id[trial].item<int64_t>();
    const auto found = row_of.find(id);
    if (found == row_of.end())
      throw Error("trial " + std::to_string(trial) + " of " + trials.subject + " shows image " + std::to_string(id) +
                  ", which 'images' does not hold");
    rows.push_back(flat[found->second]);
  }
  return at::stack(rows);
}

double mean_correlation(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor x = a - a.mean(1, true), y = b - b.mean(1, true);
  return ((x * y).sum(1) / (x.square().sum(1) * y.square().sum(1)).sqrt().clamp_min(1e-12)).mean().item<double>();
}

}  // namespace

class LinearGaussian final : public Node {
 public:
  explicit LinearGaussian(LinearGaussianParams params) : params_(std::move(params)) { draws_numbers(); }

  In<Betas> betas{this, "betas", "training trials of one subject", kFits};
  In<Images> images{this, "images", "their images", kFits};
  In<Images> prior{this, "prior", "images the prior is made from, of the same size", kFits};
  In<Betas> scored{this, "scored", "trials to decode, of the same subject"};
  Out<Images> decoded{this, "decoded", "one image per scored trial, in order", "=scored"};
  Out<Table> choice{this, "choice", "inner cross-validation score of the constants chosen"};

  void run(Context& ctx) override {
    if (betas->subjects.size() != 1 || scored->subjects.size() != 1)
      throw Error("decoding.linear_gaussian decodes one subject, found " + std::to_string(betas->subjects.size()) +
                  " in 'betas' and " + std::to_string(scored->subjects.size()) + " in 'scored'");
    const auto& train = betas->subjects.front();
    const auto& test = scored->subjects.front();
    const at::Tensor used = measured_voxels(train, test, ctx);
    const at::Tensor y = train.betas.index_select(1, used).to(at::kDouble);
    const at::Tensor pictures = pictures_of(train, *images);
    int64_t most = 0;
    for (const int64_t count : params_.components) most = std::max(most, count);
    const ImagePrior whole = fit_prior(flat_grey(*prior), most);

    const auto [best, score] = choose(whole, pictures, y, ctx);
    const ImagePrior chosen = whole.leading(best.components);
    const PosteriorMean model(chosen.coefficients(pictures), y, best);
    const at::Tensor flat = chosen.pixels(model.decode(test.betas.index_select(1, used)));  // [M, H * W]
    const int64_t height = images->pixels.size(2), width = images->pixels.size(3);
    decoded = Images{flat.clamp(0, 1).to(at::kFloat).reshape({-1, 1, height, width}).expand({-1, 3, -1, -1}).contiguous(),
                     test.image_id, at::full({test.trials()}, -1, at::kLong), scored->id_space, scored->split};
    choice = table_of(best, score);
  }

 private:
  at::Tensor measured_voxels(const SubjectBetas& train, const SubjectBetas& test, Context& ctx) const {
    if (train.voxels() != test.voxels())
      throw Error("'betas' have " + std::to_string(train.voxels()) + " voxels, 'scored' have " +
                  std::to_string(test.voxels()), "take both from one data node");
    const at::Tensor bad = at::logical_or(train.betas.isnan().any(0), test.betas.isnan().any(0));
    const auto left_out = bad.sum().item<int64_t>();
    if (left_out > 0) ctx.warn(std::to_string(left_out) + " voxels with NaN are left out");
    return bad.logical_not().nonzero().reshape({-1});
  }

  /// The constants with the best mean image correlation over the inner folds.
  std::pair<LinearGaussianChoice, double> choose(const ImagePrior& whole, const at::Tensor& pictures, const at::Tensor& y,
                                                 Context& ctx) const {
    const at::Tensor order = ctx.rng("inner folds").permutation(y.size(0));
    std::pair<LinearGaussianChoice, double> best{{}, -2.0};
    int64_t done = 0;
    for (const int64_t components : params_.components) {
      const ImagePrior part = whole.leading(components);
      for (const double penalty : params_.penalties)
        for (const int64_t voxels : params_.voxels)
          for (const double shrinkage : params_.shrinkages) {
            ctx.stop_if_cancelled();
            const LinearGaussianChoice candidate{components, voxels, penalty, shrinkage};
            const double score = inner_score(part, pictures, y, order, candidate);
            if (score > best.second) best = {candidate, score};
            ctx.progress(++done, static_cast<int64_t>(params_.components.size() * params_.penalties.size() *
                                                      params_.voxels.size() * params_.shrinkages.size()));
          }
    }
    return best;
  }

  double inner_score(const ImagePrior& part, const at::Tensor& pictures, const at::Tensor& y, const at::Tensor& order,
                     const LinearGaussianChoice& candidate) const {
    double total = 0;
    for (int64_t fold = 0; fold < params_.inner_folds; ++fold) {
      std::vector<at::Tensor> kept, held;
      for (int64_t i = 0; i < order.size(0); ++i) (i % params_.inner_folds == fold ? held : kept).push_back(order[i]);
      const at::Tensor train = at::stack(kept), test = at::stack(held);
      const PosteriorMean model(part.coefficients(pictures.index_select(0, train)), y.index_select(0, train), candidate);
      total += mean_correlation(part.pixels(model.decode(y.index_select(0, test))), pictures.index_select(0, test));
    }
    return total / static_cast<double>(params_.inner_folds);
  }

  Table table_of(const LinearGaussianChoice& best, double score) const {
    Table table{.title = "linear-Gaussian decoder: constants chosen inside the training trials", .split = betas->split};
    table.column("components").column("voxels").column("penalty").column("shrinkage").column("pixcorr", "", "higher");
    table.row("chosen").cells = {{"components", static_cast<double>(best.components)},
                                 {"voxels", static_cast<double>(best.voxels)},
                                 {"penalty", best.penalty},
                                 {"shrinkage", best.shrinkage},
                                 {"pixcorr", score}};
    return table;
  }

  LinearGaussianParams params_;
};

BGRAPH_NODE(LinearGaussian, "decoding.linear_gaussian")

}  // namespace bgraph::decoding

#include "scoring.h"

#include <bgraph/sdk/data/correlation.h>
#include "permutation_band.h"
#include "pixcorr.h"

namespace bgraph::metrics {

namespace {

struct Scorer {
  const SeenImages& seen;
  const RowPlaces& places;
  const ScoringSettings& settings;
  std::vector<Score> scores = {};

  void pixels(const at::Tensor& recon) {
    const at::Tensor own = seen.pixels.index_select(0, places.image);
    scores.push_back({"pixcorr", "higher", pixcorr(own, recon, settings.resize), {}});
    scores.push_back({"mse", "lower", (own - recon).to(at::kDouble).square().flatten(1).mean(1), {}});
    if (settings.gaussian) scores.push_back({"ssim", "higher", ssim(own, recon, SsimWindow::gaussian, settings.resize), {}});
    if (settings.uniform)
      scores.push_back({"ssim_uniform", "higher", ssim(own, recon, SsimWindow::uniform, settings.resize), {}});
  }

  /// Two-way identification among all images and, where there are categories, within them.
  Identification two_way(const std::string& name, const at::Tensor& r) {
    const Candidates all{places.image, {}}, within{places.image, seen.category};
    const Identification found = identify(r, all);
    scores.push_back({name, "higher", found.two_way(), permuted_two_way(r, all, seen.labels)});
    if (seen.category.defined())
      scores.push_back({name + "_within", "higher", identify(r, within).two_way(),
                        permuted_two_way(r, within, seen.labels_within)});
    return found;
  }

  void deep(const at::Tensor& judged) {
    const at::Tensor r = correlation_matrix(seen.judged.deep, judged);
    const Identification found = two_way("two_way_deep", r);
    scores.push_back({"top1_deep", "higher", found.top1(settings.ways > 0 ? settings.ways : places.images), {}});
    scores.push_back({"rank_deep", "lower", found.rank(), {}});
    scores.push_back({"distance_deep", "lower", 1.0 - r.gather(0, places.image.unsqueeze(0)).flatten(), {}});
  }
};

}  // namespace

std::vector<Score> score_rows(const SeenImages& seen, const at::Tensor& recon, const JudgedFeatures& judged,
                              const RowPlaces& places, const ScoringSettings& settings) {
  Scorer scorer{seen, places, settings};
  scorer.pixels(recon);
  scorer.two_way("two_way_pixels", correlation_matrix(seen.pixels, recon));
  if (judged.deep.defined()) {
    scorer.two_way("two_way_shallow", correlation_matrix(seen.judged.shallow, judged.shallow));
    scorer.deep(judged.deep);
  }
  return std::move(scorer.scores);
}

}  // namespace bgraph::metrics

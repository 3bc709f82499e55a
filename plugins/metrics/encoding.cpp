// metrics.encoding: how well an encoder predicts responses, subject by subject.
//
//   median_r r_25 r_75 r_90   Pearson of every voxel over images, repeats averaged; a constant prediction counts as 0
//   median_r2_of_ceiling      r^2 / NC, NC = ncsnr^2 / (ncsnr^2 + mean 1/repeats), negative r counts as 0
//   mse                       over all images and voxels
//   retrieval_top1 _top5      each measured response among `candidates` images' predictions by correlation over
//                             voxels: chance that its own image is first, or among five; exact over all draws
//   significant               share of voxels better than chance: images permuted, false discovery rate `alpha`
//   *_paper                   as published: retrieval as mean over ten draws of distractors, significance against
//                             pairs of independent Gaussian vectors of length 982 (pseudo-replicated, both)
//
// The table `rsa` compares predicted with measured dissimilarities of images, ROI by ROI: Spearman of the upper
// triangles, with a p from permuted images. Voxels that hold NaN in any scored image are left out.
//
// Source: Universal Brain Encoder (arXiv:2406.12179), encoding metrics; noise ceiling of Allen et al. 2022.
// Differs: exact retrieval and permutation tests are the scores, the published recipes stand beside them; `candidates`
// is not in the paper.
//
//   [nodes.encoder_scores]
//   type   = "metrics.encoding"
//   inputs = { predicted = "predicted_test", measured = "brains.test", voxels = "brains.voxels" }

#include "identification.h"
#include "response_tests.h"
#include "score_tables.h"

#include <bgraph/sdk/data/correlation.h>
#include <bgraph/sdk/data/voxel_scores.h>
#include <bgraph/sdk/node.h>
#include <bgraph/sdk/values/betas_view.h>

#include <fmt/format.h>

#include <map>

namespace bgraph::metrics {

struct EncodingParams {
  int64_t candidates = 1000;
  int64_t permutations = 1000;
  double alpha = 0.05;

  template <class Visitor>
  void visit(Visitor& field) {
    field("candidates", candidates, at_least(2), "images that compete in retrieval; at most all scored images do");
    field("permutations", permutations, at_least(100), "permutations of images behind p-values");
    field("alpha", alpha, between(0.0001, 0.5), "false discovery rate at which a voxel counts as significant");
  }
};

class Encoding final : public Node {
 public:
  explicit Encoding(EncodingParams params) : params_(std::move(params)) { draws_numbers(); }

  In<Betas> predicted{this, "predicted", "an encoder's responses to the scored images"};
  In<Betas> measured{this, "measured", "what the brains did, with repeats"};
  In<Voxels> voxels{this, "voxels", "the voxels of both: noise ceilings and ROIs"};
  Out<Table> table{this, "table", "one row per subject, and their mean", "=measured"};
  Out<Table> rsa{this, "rsa", "one row per subject and ROI", "=measured"};
  Out<Tensor> correlation{this, "correlation", {"V"}, at::kFloat, "Pearson of every voxel; NaN where not scored", "=measured"};

  void run(Context& ctx) override {
    const Betas answers = materialized(ctx, *predicted);
    if (answers.id_space != measured->id_space)
      throw Error("'predicted' numbers its images in '" + answers.id_space + "', 'measured' in '" + measured->id_space + "'");
    Table scores = empty_table(), similar{.title = "Representational similarity", .split = measured->split, .protocol = scores.protocol};
    similar.column("spearman", "", "higher").column("p").column("voxels").column("images");
    at::Tensor r_all = at::full({voxels->size()}, std::nan(""), at::kDouble);
    for (size_t s = 0; s < measured->subjects.size(); ++s) {
      ctx.stop_if_cancelled();
      ctx.progress(static_cast<int64_t>(s), static_cast<int64_t>(measured->subjects.size()), measured->subjects[s].subject);
      const Pair pair = matched(answers, measured->subjects[s]);
      const at::Tensor r = voxel_correlation(pair.predicted, pair.measured);  // [n]
      r_all.index_copy_(0, pair.voxel, r);
      score(scores.row(pair.subject), pair, r, ctx, static_cast<int64_t>(s));
      compare_rois(similar, pair, ctx, static_cast<int64_t>(s));
    }
    add_mean(scores);
    table = std::move(scores);
    rsa = std::move(similar);
    correlation = Tensor(r_all.to(at::kFloat), {"V"});
  }

 private:
  /// One subject's responses to the images both sides have, in one order, over the voxels that were measured.
  struct Pair {
    std::string subject;
    at::Tensor predicted, measured;  // [N, n]
    at::Tensor voxel;                // [n] global index
    double noise = 1;                // mean over images of 1 / repeats
  };

  static Pair matched(const Betas& answers, const SubjectBetas& trials) {
    const auto side = std::find_if(answers.subjects.begin(), answers.subjects.end(),
                                   [&](const SubjectBetas& one) { return one.subject == trials.subject; });
    if (side == answers.subjects.end() || side->voxels() != trials.voxels())
      throw Error("'predicted' has no responses of " + trials.subject + " with " + std::to_string(trials.voxels()) + " voxels",
                  "predict for the voxels that were measured");
    std::map<int64_t, int64_t> row_of, repeats;
    for (int64_t row = 0; row < side->trials(); ++row) row_of[side->image_id[row].item<int64_t>()] = row;
    for (int64_t row = 0; row < trials.trials(); ++row) ++repeats[trials.image_id[row].item<int64_t>()];
    const SubjectBetas averaged = average_repeats(trials);
    std::vector<int64_t> theirs, ours;
    double noise = 0;
    for (int64_t row = 0; row < averaged.trials(); ++row) {
      const auto image = averaged.image_id[row].item<int64_t>();
      const auto found = row_of.find(image);
      if (found == row_of.end()) continue;
      theirs.push_back(found->second), ours.push_back(row);
      noise += 1.0 / static_cast<double>(repeats.at(image));
    }
    if (ours.size() < 3)
      throw Error(trials.subject + ": only " + std::to_string(ours.size()) + " images are both predicted and measured, expected 3 or more");
    const at::Tensor responses = averaged.betas.index_select(0, at::tensor(ours, at::kLong));
    const at::Tensor known = responses.isnan().logical_not().all(0).nonzero().flatten();
    return {trials.subject, side->betas.index_select(0, at::tensor(theirs, at::kLong)).index_select(1, known),
            responses.index_select(1, known), known + trials.first_voxel, noise / static_cast<double>(ours.size())};
  }

  void score(Row& row, const Pair& pair, const at::Tensor& r, Context& ctx, int64_t subject) const {
    const int64_t images = pair.measured.size(0), ways = std::min(params_.candidates, images);
    const at::Tensor ceiling = ceiling_normalised(r, voxels->ncsnr.index_select(0, pair.voxel), pair.noise);
    // Rows: predictions of the candidates; columns: measured responses, each looking for its own.
    const at::Tensor similarity = correlation_matrix(pair.predicted, pair.measured);
    const Identification found = identify(similarity, {at::arange(images, at::kLong), {}});
    const at::Tensor p = permutation_p(pair.predicted, pair.measured, params_.permutations, ctx.rng("permutation", subject));
    const auto share = [&](const at::Tensor& p_values) {
      return (false_discovery_rate(p_values) < params_.alpha).to(at::kDouble).mean().item<double>();
    };
    row.cells = {{"voxels", static_cast<double>(r.numel())}, {"n_test", static_cast<double>(images)},
                 {"median_r", percentile(r, 50)}, {"r_25", percentile(r, 25)}, {"r_75", percentile(r, 75)}, {"r_90", percentile(r, 90)},
                 {"median_r2_of_ceiling", percentile(ceiling, 50)},
                 {"mse", (pair.predicted - pair.measured).to(at::kDouble).square().mean().item<double>()},
                 {"retrieval_top1", found.top(ways, 1).mean().item<double>()},
                 {"retrieval_top5", found.top(ways, 5).mean().item<double>()},
                 {"significant", share(p)},
                 {"significant_paper", share(white_noise_p(r, kPaperLength))}};
    for (const int64_t best : {1, 5})
      row.cells[fmt::format("retrieval_top{}_paper", best)] = drawn(similarity, ways, best, ctx.rng("distractors", subject));
  }

  /// As published: ten draws of distractors, the same for every response.
  static double drawn(const at::Tensor& similarity, int64_t ways, int64_t best, Rng rng) {
    constexpr int64_t kDraws = 10;
    const at::Tensor own = similarity.diagonal().unsqueeze(0);  // [1, N]
    double sum = 0;
    for (int64_t draw = 0; draw < kDraws; ++draw) {
      const at::Tensor among = similarity.index_select(0, rng.sample(similarity.size(0), ways));
      sum += ((among > own).sum(0) < best).to(at::kDouble).mean().item<double>();
    }
    return sum / kDraws;
  }

  void compare_rois(Table& similar, const Pair& pair, Context& ctx, int64_t subject) const {
    const at::Tensor roi = voxels->roi.index_select(0, pair.voxel);
    for (size_t k = 0; k < voxels->roi_names.size(); ++k) {
      ctx.stop_if_cancelled();
      const at::Tensor inside = (roi == static_cast<int64_t>(k)).nonzero().flatten();
      if (inside.size(0) < 2) continue;
      const Similarity found = compare_dissimilarity(dissimilarity(pair.predicted.index_select(1, inside)),
                                                     dissimilarity(pair.measured.index_select(1, inside)), params_.permutations,
                                                     ctx.rng("rsa", subject, static_cast<int64_t>(k)));
      similar.row(pair.subject + ", " + voxels->roi_names[k]).cells = {
          {"spearman", found.spearman}, {"p", found.p}, {"voxels", static_cast<double>(inside.size(0))},
          {"images", static_cast<double>(pair.measured.size(0))}};
    }
  }

  Table empty_table() const {
    Table scores{.title = "Encoding", .split = measured->split};
    scores.protocol = {{"name", "encoding"}, {"version", 1}, {"candidates", params_.candidates}, {"alpha", params_.alpha},
                       {"permutations", params_.permutations}, {"id_space", measured->id_space}, {"split", measured->split},
                       {"subjects", static_cast<int64_t>(measured->subjects.size())}};
    at::Tensor ids = at::empty({0}, at::kLong);
    for (const auto& subject : measured->subjects) ids = at::cat({ids, subject.image_id});
    scores.protocol["list"] = list_digest(std::get<0>(at::_unique2(ids)));
    scores.inputs = {{"predicted", predicted.digest().brief()}, {"measured", measured.digest().brief()}};
    scores.column("median_r", "", "higher").column("r_25", "", "higher").column("r_75", "", "higher").column("r_90", "", "higher");
    scores.column("median_r2_of_ceiling", "", "higher").column("mse", "", "lower");
    scores.column("retrieval_top1", "", "higher").column("retrieval_top5", "", "higher").column("significant", "", "higher");
    scores.column("retrieval_top1_paper", "", "higher").column("retrieval_top5_paper", "", "higher").column("significant_paper", "", "higher");
    scores.column("voxels").column("n_test");
    scores.notes = {"r: Pearson of one voxel over images, repeats averaged; a constant prediction counts as 0.",
                    "significant: images permuted, false discovery rate. *_paper: the published recipes, which count draws of distractors and white noise as evidence."};
    return scores;
  }

  static void add_mean(Table& scores) {
    if (scores.rows.size() < 2) return;
    Row mean{"mean of subjects", {}};
    for (const auto& column : scores.columns) {
      double sum = 0;
      for (const auto& row : scores.rows) sum += std::get<double>(row.cells.at(column.name));
      mean.cells[column.name] = sum / static_cast<double>(scores.rows.size());
    }
    scores.rows.push_back(std::move(mean));
  }

  static constexpr int64_t kPaperLength = 982;  // of the Gaussian vectors, whatever n_test is
  EncodingParams params_;
};

BGRAPH_NODE(Encoding, "metrics.encoding")

}  // namespace bgraph::metrics

// metrics.retrieval: are predicted tokens nearest to the tokens of their own image, and the other way round?
//
//   retrieval_image   predicted -> true: chance that the own image is nearest among `candidates` images, by cosine of
//                     the flattened tokens                                                    chance 1/candidates
//   retrieval_brain   true -> predicted: the own prediction among as many predictions
//   *_paper           the same as published: mean over `draws` draws of `candidates` test images, top-1 in each
//
// The first two are exact over all draws, so they need no luck and have an interval over images (crossed with
// subjects). Rows find their image by id; where one image has several, the k-th is subject k. Subjects are never mixed:
// predictions compete with predictions of the same subject.
//
// Source: MindEye (arXiv:2305.18274), retrieval of 300 candidates, 30 draws; MindEye2 notebook. Brain-IT reports none.
// Differs: the exact expectation over draws is the score, the published draws stand beside it.
//
//   [nodes.retrieval]
//   type   = "metrics.retrieval"
//   inputs = { predicted = "sem_pred.features", truth = "sem_true" }

#include "identification.h"
#include "score_tables.h"

#include <bgraph/sdk/data/correlation.h>
#include <bgraph/sdk/node.h>

#include <fmt/format.h>

namespace bgraph::metrics {

struct RetrievalParams {
  std::string layer;
  int64_t candidates = 300;
  int64_t draws = 30;
  int64_t resamples = 2000;

  template <class Visitor>
  void visit(Visitor& field) {
    field("layer", layer, any(), "layer whose tokens are compared; empty = the first of `predicted`");
    field("candidates", candidates, at_least(2), "images that compete, the own one included");
    field("draws", draws, at_least(1), "draws of candidates behind the scores named *_paper");
    field("resamples", resamples, at_least(100), "bootstrap resamples behind each 95 % interval");
  }
};

class Retrieval final : public Node {
 public:
  explicit Retrieval(RetrievalParams params) : params_(std::move(params)) { draws_numbers(); }

  In<Features> predicted{this, "predicted", "tokens predicted from responses"};
  In<Features> truth{this, "truth", "tokens of the images that were seen, each image once"};
  Out<Table> table{this, "table", "one row: both directions with intervals, and as published", "=truth"};

  void run(Context& ctx) override {
    const std::string layer = params_.layer.empty() ? predicted->layers.at(0).name : params_.layer;
    const at::Tensor given = predicted->layer(layer).tokens, own = truth->layer(layer).tokens;
    if (predicted->id_space != truth->id_space)
      throw Error("'predicted' numbers its images in '" + predicted->id_space + "', 'truth' in '" + truth->id_space + "'");
    const RowPlaces places = place_rows(predicted->image_id, truth->image_id, {}, "predicted");
    at::Tensor image = at::empty({given.size(0)}, at::kDouble), brain = image.clone();
    double image_paper = 0, brain_paper = 0;
    for (int64_t subject = 0; subject < places.subjects; ++subject) {
      ctx.stop_if_cancelled();
      ctx.progress(subject, places.subjects, "subject");
      const at::Tensor rows = (places.subject == subject).nonzero().flatten();
      const at::Tensor shown = places.image.index_select(0, rows);
      require_enough(rows.size(0));
      // cosine [n, n]: true tokens in rows, predictions in columns, both in the order of `rows`
      const at::Tensor cosine = cosine_matrix(own.index_select(0, shown), given.index_select(0, rows));
      const Candidates diagonal{at::arange(rows.size(0), at::kLong), {}};
      image.index_copy_(0, rows, identify(cosine, diagonal).top1(params_.candidates));
      brain.index_copy_(0, rows, identify(cosine.t().contiguous(), diagonal).top1(params_.candidates));
      image_paper += drawn(cosine, ctx.rng("candidates", subject)) / static_cast<double>(places.subjects);
      brain_paper += drawn(cosine.t(), ctx.rng("candidates", subject)) / static_cast<double>(places.subjects);
    }
    const std::vector<Score> scores = {{"retrieval_image", "higher", image, {}}, {"retrieval_brain", "higher", brain, {}}};
    Table result{.title = "Retrieval", .split = truth->split, .protocol = protocol(layer)};
    result.inputs = {{"predicted", predicted.digest().brief()}, {"truth", truth.digest().brief()}};
    Table unused;
    declare_scores(scores, result, unused);
    result.column("retrieval_image_paper", "", "higher").column("retrieval_brain_paper", "", "higher");
    result.column("n_test").column("subjects");
    Row& row = result.row("predicted");
    add_means(row, scores, places, params_.resamples, ctx.rng("bootstrap"));
    row.cells["retrieval_image_paper"] = image_paper;
    row.cells["retrieval_brain_paper"] = brain_paper;
    row.cells["n_test"] = static_cast<double>(std::get<0>(at::_unique2(places.image)).size(0));
    row.cells["subjects"] = static_cast<double>(places.subjects);
    result.notes.push_back(fmt::format("Chance {:.4f}. Exact over all draws of {} candidates; *_paper: mean over {} draws, as published.",
                                       1.0 / static_cast<double>(params_.candidates), params_.candidates, params_.draws));
    table = std::move(result);
  }

 private:
  void require_enough(int64_t images) const {
    if (images < params_.candidates)
      throw Error(fmt::format("{} candidates need as many images, a subject has {}", params_.candidates, images),
                  fmt::format("set candidates = {} or less", images));
  }

  /// Mean over draws of top-1 among the drawn: columns find their row.
  double drawn(const at::Tensor& cosine, Rng rng) const {
    double sum = 0;
    for (int64_t draw = 0; draw < params_.draws; ++draw) {
      const at::Tensor chosen = rng.sample(cosine.size(0), params_.candidates);
      const at::Tensor among = cosine.index_select(0, chosen).index_select(1, chosen);
      sum += (among.argmax(0) == at::arange(params_.candidates, at::kLong)).to(at::kDouble).mean().item<double>();
    }
    return sum / static_cast<double>(params_.draws);
  }

  Json protocol(const std::string& layer) const {
    return {{"name", "retrieval"}, {"version", 1}, {"candidates", params_.candidates}, {"draws", params_.draws},
            {"layer", layer}, {"network", truth->network}, {"images", truth->size()}, {"list", list_digest(truth->image_id)},
            {"id_space", truth->id_space}, {"split", truth->split}};
  }

  RetrievalParams params_;
};

BGRAPH_NODE(Retrieval, "metrics.retrieval")

}  // namespace bgraph::metrics

// decoding.token_maps: where each query looks, that is, which brain tokens a predicted token is read from.
//
//   maps[q, k] = mean over blocks, heads and trials of softmax(q k^T / sqrt(D/A))      rows sum to 1 over the brain tokens
//
// A column is the map of brain token k over the queries, laid out as the model's notes say: the grid of one layer after the
// other. Divide it by its maximum to show it. each = true keeps the trials apart, in the rows of decoding.predict:
// for a brain token, the images and places that it answers for most.
//
// Betas that are NaN are left out, and counted in a warning; those that are not in memory are read batch by batch. A predictor
// without attention (decoding.mlp) is an error.
//
// Source: Brain-IT (arXiv:2510.25976), maps of brain tokens: averaged over the cross blocks and heads. Averaging over
// images is our choice; the paper does not say.
//
//   [nodes.maps]
//   type   = "decoding.token_maps"
//   inputs = { model = "bit_low.model", table = "bit_low.table", v2c = "clusters", betas = "brains.validation" }

#include "drawn_trials.h"
#include "token_prediction.h"

#include <bgraph/sdk/node.h>
#include <torch/types.h>

namespace bgraph::decoding {

struct TokenMapsParams {
  bool average = true, each = false;
  int64_t batch = 8;

  template <class Visitor>
  void visit(Visitor& field) {
    field("average", average, any(), "average the repeats of an image first");
    field("each", each, any(), "a map per trial instead of one for all");
    field("batch", batch, at_least(1), "trials computed at once");
  }
};

class TokenMaps final : public Node {
 public:
  explicit TokenMaps(TokenMapsParams params) : params_(params) {}

  In<Model> model{this, "model", "a predictor from decoding.train"};
  In<VoxelTable> table{this, "table", "what it learned per voxel"};
  In<ClusterMap> v2c{this, "v2c", "the clusters it was trained with"};
  In<Betas> betas{this, "betas", "responses to decode", kStored};
  Out<Tensor> maps{this, "maps", {"M", "Q", "K"}, at::kFloat, "attention of queries to brain tokens; M = 1 unless each",
                   "=betas"};

  void run(Context& ctx) override {
    const auto drawn = std::make_shared<DrawnTrials>(ctx, std::vector{*betas}, params_.average, DrawnTrials::Which{});
    const TrialSet trials(drawn->sources(), params_.average, drawn);
    warn_not_measured(ctx, trials.not_measured() + drawn->not_measured(), "given");
    require_voxels(drawn->sources().front(), table->rows.size(0));
    const auto predictor = ctx.build<Predictor>(*model);
    const at::Tensor map = cluster_of_voxels(v2c->cluster, table->rows.size(0), predictor->reads_brain_tokens());
    std::vector<at::Tensor> found;  // each: [B, Q, K] of every batch
    at::Tensor sum;                 // else: [Q, K]
    predictor->record_attention(true);
    predict_tokens(*predictor, trials, numbers(0, trials.size()), table->rows, map, params_.batch, [&](int64_t done) {
      const at::Tensor attention = predictor->attention();  // [blocks, B, A, Q, K]
      if (!attention.defined())
        throw Error(model->component + " has no attention over brain tokens", "take a model of decoding.bit");
      const at::Tensor looked = attention.mean(at::IntArrayRef{0, 2});
      if (params_.each) {
        found.push_back(looked);
      } else {
        sum = sum.defined() ? sum + looked.sum(0) : looked.sum(0);
      }
      ctx.progress(done, trials.size());
      ctx.stop_if_cancelled();
    });
    const at::Tensor all = params_.each ? at::cat(found) : (sum / trials.size()).unsqueeze(0);
    maps = Tensor(all.to(at::kFloat), {"M", "Q", "K"});
  }

 private:
  TokenMapsParams params_;
};

BGRAPH_NODE(TokenMaps, "decoding.token_maps")

}  // namespace bgraph::decoding

// decoding.predict: the feature tokens a trained predictor reads from responses, in the network's units.
//
// Repeats of an image are averaged first (average = false keeps single trials); all measured voxels are used.
// Rows go subject after subject, each in the order of first appearance: where S subjects saw the same N images,
// row = s * N + i. `subjects` says for every row which subject it belongs to. Betas that are NaN are left out,
// and counted in a warning. Responses that are not in memory (rows in files, a view) are read or computed batch by batch.
//
// A validation or test trial whose image the model was trained on is an error.
//
//   [nodes.low_pred]
//   type   = "decoding.predict"
//   inputs = { model = "bit_low.model", table = "bit_low.table", v2c = "clusters", betas = "brains.test" }

#include "drawn_trials.h"
#include "token_layout.h"
#include "token_prediction.h"

#include <bgraph/sdk/node.h>
#include <torch/types.h>

#include <algorithm>

namespace bgraph::decoding {

struct PredictParams {
  bool average = true;
  int64_t batch = 32;

  template <class Visitor>
  void visit(Visitor& field) {
    field("average", average, any(), "average the repeats of an image first");
    field("batch", batch, at_least(1), "trials computed at once");
  }
};

class Predict final : public Node {
 public:
  explicit Predict(PredictParams params) : params_(params) {}

  In<Model> model{this, "model", "a predictor from decoding.train"};
  In<VoxelTable> table{this, "table", "what it learned per voxel"};
  In<ClusterMap> v2c{this, "v2c", "the clusters it was trained with; needed for brain tokens", kOptional};
  In<Betas> betas{this, "betas", "responses to decode", kStored};
  Out<Features> features{this, "features", "predicted tokens", "=betas"};
  Out<Tensor> subjects{this, "subjects", {"M"}, at::kLong, "index of each row's subject among those of the betas",
                       "=betas"};

  void run(Context& ctx) override {
    const TokenLayout layout = layout_of(*model);
    const auto drawn = std::make_shared<DrawnTrials>(ctx, std::vector{*betas}, params_.average, DrawnTrials::Which{});
    const TrialSet trials(drawn->sources(), params_.average, drawn);
    refuse_training_images(trials);
    warn_not_measured(ctx, trials.not_measured() + drawn->not_measured(), "given");
    require_voxels(drawn->sources().front(), table->rows.size(0));
    const auto predictor = ctx.build<Predictor>(*model);
    const at::Tensor map = cluster_of_voxels(v2c.given() ? v2c->cluster : at::Tensor(), table->rows.size(0),
                                             predictor->reads_brain_tokens());
    std::vector<int64_t> subject, image;
    for (int64_t i = 0; i < trials.size(); ++i) {
      subject.push_back(static_cast<int64_t>(trials[i].subject));
      image.push_back(trials[i].image_id);
    }
    const at::Tensor outputs = predict_tokens(*predictor, trials, numbers(0, trials.size()), table->rows, map, params_.batch, [&](int64_t done) {
      ctx.progress(done, trials.size());
      ctx.stop_if_cancelled();
    });
    features = layout.features(outputs, at::tensor(image), betas->id_space);
    subjects = Tensor(at::tensor(subject), {"M"});
  }

 private:
  void refuse_training_images(const TrialSet& trials) const {
    const bool held_out = betas->split == "validation" || betas->split == "test";
    if (!held_out || !model->trained_on.defined() || model->trained_space != betas->id_space) return;
    const at::Tensor known = model->trained_on.contiguous();  // sorted
    const int64_t* ids = known.data_ptr<int64_t>();
    for (const Trial& trial : trials.trials())
      if (std::binary_search(ids, ids + known.numel(), trial.image_id))
        throw Error("image " + std::to_string(trial.image_id) + " of the " + betas->split +
                        " trials was used to train the model",
                    "keep the images of the splits apart");
  }

  PredictParams params_;
};

BGRAPH_NODE(Predict, "decoding.predict")

}  // namespace bgraph::decoding

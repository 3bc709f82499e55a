#include "token_decoder.h"

#include "token_prediction.h"

#include <ATen/ops/tensor.h>
#include <bgraph/sdk/components/brain_tokenizer.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/values/tensor.h>

#include <set>

namespace bgraph::decoding {

const OpenModel& TokenDecoder::bare_model() const {
  return model.component() == "decoding.calibrated" ? model.part("predictor") : model;
}

NamedTensors TokenDecoder::parameters() const {
  NamedTensors all = model.parameters("predictor.");
  all["voxel_table"] = table;
  return all;
}

TokenDecoder open_decoder(Context& ctx, const Model& model, TokenLayout layout, const at::Tensor& rows, const ClusterMap* v2c) {
  TokenDecoder decoder{.model = OpenModel(ctx, model), .layout = std::move(layout)};
  const Predictor& predictor = decoder.predictor();
  if (rows.size(1) != predictor.table_width())
    throw ShapeError("the voxel table is " + shape_text(rows) + ", " + model.component + " reads rows of " +
                         std::to_string(predictor.table_width()),
                     "take model and table from one training");
  const bool brain_tokens = predictor.reads_brain_tokens();
  decoder.v2c = cluster_of_voxels(v2c ? v2c->cluster : at::Tensor(), rows.size(0), brain_tokens).to(ctx.device());
  if (brain_tokens) {
    const int64_t clusters = decoder.bare_model().part("tokenizer").as<BrainTokenizer>().clusters();
    if (v2c->clusters() != clusters)
      throw Error("'v2c' has " + std::to_string(v2c->clusters()) + " clusters, the tokenizer has " + std::to_string(clusters),
                  "take the clusters the predictor was trained with; for a new subject, clusters.nearest");
  }
  decoder.table = rows.to(ctx.device()).clone().set_requires_grad(true);
  return decoder;
}

Model trained_on(Model model, const at::Tensor& ids, const std::string& space) {
  const auto* first = ids.data_ptr<int64_t>();
  std::set<int64_t> all(first, first + ids.numel());
  if (model.trained_on.defined() && model.trained_on.numel() > 0) {
    const at::Tensor before = model.trained_on.contiguous();
    const auto* known = before.data_ptr<int64_t>();
    if (model.trained_space == space) all.insert(known, known + before.numel());
    else model.notes["trained_before_on"] = model.trained_space;
  }
  model.trained_on = at::tensor(std::vector<int64_t>(all.begin(), all.end()));
  model.trained_space = space;
  return model;
}

}  // namespace bgraph::decoding

// decoding.ridge_tokens: feature tokens straight from responses by ridge regression, beside BIT's and the MLP's.
//
//   tokens = mean + (betas - mean betas) W(lambda)       one W per subject, all layers at once
//
// Layers are divided by their standard deviation before lambda is chosen (K-fold inside each subject's training
// trials, all trials of an image in one fold), so that none decides alone. Rows as in decoding.predict; NaN
// betas as in decoding.ridge.
//
// Source: Hoerl & Kennard 1970.
//
//   [nodes.ridge_tokens]
//   type   = "decoding.ridge_tokens"
//   inputs = { betas = "brains.train", targets = "low_train", scored = "brains.test" }

#include "image_rows.h"
#include "ridge_subjects.h"
#include "token_layout.h"

#include <bgraph/sdk/node.h>
#include <torch/types.h>

namespace bgraph::decoding {

struct RidgeTokensParams : RidgeParams {};

class RidgeTokens final : public Node {
 public:
  explicit RidgeTokens(RidgeTokensParams params) : params_(std::move(params)) { draws_numbers(); }

  In<Betas> betas{this, "betas", "training trials", kFits};
  In<Features> targets{this, "targets", "tokens of their images", kFits};
  In<Betas> scored{this, "scored", "trials to decode, of the same subjects"};
  Out<Features> features{this, "features", "predicted tokens", "=scored"};
  Out<Tensor> subjects{this, "subjects", {"M"}, at::kLong, "index of each row's subject among those scored", "=scored"};
  Out<Table> choice{this, "choice", "penalty chosen for each subject", "=betas"};

  void run(Context& ctx) override {
    const TokenLayout layout = layout_of(FeatureRows(*targets));
    const ImageRows rows(targets->image_id, "targets");
    const auto decoding = decode_by_ridge(*betas, *scored, params_, [&](const at::Tensor& ids, const std::string& subject) {
      const at::Tensor index = rows.rows_of(ids, subject);
      std::vector<at::Tensor> layers;
      for (const auto& layer : layout.layers)
        layers.push_back(targets->layer(layer.name).tokens.index_select(0, index).flatten(1) / layer.deviation);
      return at::cat(layers, 1);  // [N, sum P D]
    }, ctx);
    Features decoded{.image_id = decoding.image_id, .id_space = scored->id_space, .split = scored->split,
                     .network = layout.network};
    int64_t first = 0;
    for (const auto& layer : layout.layers) {
      const int64_t count = layer.positions * layer.dim;
      const at::Tensor own = decoding.outputs.narrow(1, first, count) * layer.deviation;
      decoded.layers.push_back({layer.name, own.reshape({-1, layer.positions, layer.dim}), layer.height, layer.width});
      first += count;
    }
    features = std::move(decoded);
    subjects = Tensor(decoding.subject, {"M"});
    choice = decoding.choice;
  }

 private:
  RidgeTokensParams params_;
};

BGRAPH_NODE(RidgeTokens, "decoding.ridge_tokens")

}  // namespace bgraph::decoding

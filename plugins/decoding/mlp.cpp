// decoding.mlp: a residual perceptron from voxels to tokens, what the Brain Interaction Transformer is compared with.
//
//   h = b + sum_j a_j e_{v_j}                         one Linear(V_s, width) per subject: its columns are the rows
//   blocks times:  h = h + dropout(GELU(fc(norm(h))))  of the voxel table
//   out_q = tokens(codes_q(h))                        Linear(width, queries * rank), a shared Linear(rank, out_dim)
//
// Clusters play no part in it. The factorised head keeps 7190 queries affordable.
//
// Source: Brain-IT (arXiv:2510.25976) names an MLP predictor without describing it; this one is our default.
// Differs from a Linear per subject: one bias for all of them.
//
// Used by decoding.train with  predictor = "decoding.mlp"

#include <bgraph/sdk/components/predictor.h>
#include <bgraph/sdk/nn/dropout.h>
#include <bgraph/sdk/nn/layers.h>
#include <torch/types.h>

#include <optional>

namespace bgraph::decoding {

struct MlpParams {
  int64_t queries = 256;
  int64_t out_dim = 1664;
  int64_t width = 2048;
  int64_t blocks = 4;
  int64_t rank = 16;
  double dropout = 0.15;

  template <class Visitor>
  void visit(Visitor& field) {
    field("queries", queries, at_least(1), "tokens to predict, of all layers together");
    field("out_dim", out_dim, at_least(1), "width of a predicted token");
    field("width", width, at_least(1), "hidden width");
    field("blocks", blocks, at_least(0), "residual blocks");
    field("rank", rank, at_least(1), "numbers per query between the two factors of the head");
    field("dropout", dropout, between(0, 1), "probability of dropping a hidden number in training");
  }
};

namespace {

struct ResidualBlock : torch::nn::Module {
  explicit ResidualBlock(int64_t width)
      : norm(register_module("norm", std::make_shared<LayerNorm>(width))),
        fc(register_module("fc", std::make_shared<Linear>(width, width))) {}

  std::shared_ptr<LayerNorm> norm;
  std::shared_ptr<Linear> fc;
};

}  // namespace

class Mlp final : public Predictor {
 public:
  explicit Mlp(MlpParams params)
      : params_(params),
        bias_(register_parameter("bias", at::zeros({params.width}))),
        codes_(register_module("codes", std::make_shared<Linear>(params.width, params.queries * params.rank))),
        tokens_(register_module("tokens", std::make_shared<Linear>(params.rank, params.out_dim))) {
    for (int64_t i = 0; i < params.blocks; ++i)
      blocks_.push_back(
          register_module("block" + std::to_string(i), std::make_shared<ResidualBlock>(params.width)));
  }

  at::Tensor forward(const VoxelBatch& batch, const at::Tensor& voxel_table, const at::Tensor&,
                     const at::Tensor& queries) override {
    const at::Tensor starts = batch.offsets.slice(0, 0, -1);
    at::Tensor h = bias_ + std::get<0>(at::embedding_bag(voxel_table, batch.voxel, starts, false, /*sum*/ 0, false,
                                                         batch.betas));  // [B, D]
    for (const auto& block : blocks_) {
      const at::Tensor change = at::gelu((*block->fc)((*block->norm)(h)));
      h = h + (is_training() && noise_ ? dropout(change, params_.dropout, *noise_) : change);
    }
    const at::Tensor codes = (*codes_)(h).view({batch.size(), params_.queries, params_.rank});
    const at::Tensor chosen = queries.dim() == 1 ? queries.expand({batch.size(), -1}) : queries;  // [B, Q']
    return (*tokens_)(codes.gather(1, chosen.unsqueeze(2).expand({-1, -1, params_.rank})));  // [B, Q', out_dim]
  }

  int64_t queries() const override { return params_.queries; }
  int64_t table_width() const override { return params_.width; }
  double table_deviation() const override { return 0.02; }  // that of a fresh Linear of 800 inputs
  void draw_from(Rng rng) override { noise_ = rng; }
  void initialise(Rng rng) override { initialise_all(*this, rng); }

 private:
  MlpParams params_;
  at::Tensor bias_;  // [D]
  std::shared_ptr<Linear> codes_, tokens_;
  std::vector<std::shared_ptr<ResidualBlock>> blocks_;
  std::optional<Rng> noise_;
};

BGRAPH_COMPONENT(Mlp, "decoding.mlp")

}  // namespace bgraph::decoding

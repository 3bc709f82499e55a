// decoding.bit: the Brain Interaction Transformer: brain tokens, read by learned queries, become feature tokens.
//
//   x = q0 + Cross_0(T, q0)                      q0 = pred_tokens of the wanted queries, T = brain tokens
//   for i = 0 .. blocks - 1:
//     T = Self_i(T)                              brain tokens refine each other
//     x = x + Cross_{i+1}(T, x)
//   out = proj(x)
//
//   Self:   pre-norm transformer block, qkv without bias
//   Cross:  y = proj(softmax(q k^T / sqrt(D/A)) v);  y + MLP(norm2(y)),   k, v = kv(norm1(T)),
//           q = x split into heads: neither normalised nor projected (query_proj = "linear" projects it)
//
// Queries do not see each other, so any subset of them can be run. There is no position embedding: what a query
// stands for is learned in pred_tokens alone. Responses enter only through the part "tokenizer".
//
// Source: Brain-IT (arXiv:2510.25976), Brain Interaction Transformer, and the names and defaults of its authors'
// release (35,188,352 parameters with 256 queries of width 1664 and 128 clusters); query_proj = "linear" is the
// cross block of CrossMAE (Fu et al. 2024) in this respect.
//
// Used by decoding.train with  predictor = "decoding.bit"

#include <bgraph/sdk/components/brain_tokenizer.h>
#include <bgraph/sdk/components/predictor.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/nn/transformer_block.h>
#include <bgraph/sdk/values/tensor.h>
#include <torch/types.h>

#include <cmath>

namespace bgraph::decoding {

struct BitParams {
  int64_t queries = 256;
  int64_t out_dim = 1664;
  int64_t width = 512;
  int64_t heads = 8;
  int64_t blocks = 5;
  double mlp_ratio = 4.0;
  std::string query_proj = "none";

  template <class Visitor>
  void visit(Visitor& field) {
    field("queries", queries, at_least(1), "query tokens, of all layers together");
    field("out_dim", out_dim, at_least(1), "width of a predicted token");
    field("width", width, at_least(1), "width of brain tokens and queries");
    field("heads", heads, at_least(1), "attention heads; they divide the width");
    field("blocks", blocks, at_least(0), "self-attention blocks; one more cross-attention block");
    field("mlp_ratio", mlp_ratio, above(0), "width of the perceptrons, in widths");
    field("query_proj", query_proj, one_of({"none", "linear"}), "how a cross block makes its queries");
  }
};

namespace {

constexpr double kNormEps = 1e-5;

struct CrossAttention : torch::nn::Module {
  explicit CrossAttention(const BitParams& params)
      : kv(register_module("kv", std::make_shared<Linear>(params.width, 2 * params.width, false))),
        proj(register_module("proj", std::make_shared<Linear>(params.width, params.width))) {
    if (params.query_proj == "linear")
      q = register_module("q", std::make_shared<Linear>(params.width, params.width, false));
  }

  std::shared_ptr<Linear> kv, proj, q;
};

struct CrossBlock : torch::nn::Module {
  explicit CrossBlock(const BitParams& params)
      : norm1(register_module("norm1", std::make_shared<LayerNorm>(params.width, kNormEps))),
        attn(register_module("attn", std::make_shared<CrossAttention>(params))),
        norm2(register_module("norm2", std::make_shared<LayerNorm>(params.width, kNormEps))),
        mlp(register_module("mlp", std::make_shared<Mlp>(
            params.width, static_cast<int64_t>(params.mlp_ratio * static_cast<double>(params.width)),
            params.width))),
        heads(params.heads) {}

  /// tokens [B, K, D], x [B, Q', D]  ->  what is added to x, and the attention map [B, A, Q', K].
  std::pair<at::Tensor, at::Tensor> operator()(const at::Tensor& tokens, const at::Tensor& x) const {
    const auto keys_values = (*attn->kv)((*norm1)(tokens)).chunk(2, -1);
    const at::Tensor map = attention_map(attn->q ? (*attn->q)(x) : x, keys_values[0], heads);
    const at::Tensor y = (*attn->proj)(attend(map, keys_values[1]));  // [B, Q', D]
    return {y + (*mlp)((*norm2)(y)), map};
  }

  std::shared_ptr<LayerNorm> norm1;
  std::shared_ptr<CrossAttention> attn;
  std::shared_ptr<LayerNorm> norm2;
  std::shared_ptr<Mlp> mlp;
  int64_t heads;
};

/// Modules under the names "0", "1", ..., as checkpoints list them.
template <class Block>
struct Stack : torch::nn::Module {
  template <class Make>
  Stack(int64_t count, const Make& make) {
    for (int64_t i = 0; i < count; ++i) blocks.push_back(register_module(std::to_string(i), make()));
  }
  std::vector<std::shared_ptr<Block>> blocks;
};

}  // namespace

class Bit final : public Predictor {
 public:
  explicit Bit(BitParams params)
      : params_(params),
        pred_tokens_(register_parameter("pred_tokens", at::zeros({params.queries, params.width}))),
        proj_(register_module("proj", std::make_shared<Linear>(params.width, params.out_dim))),
        blocks_(register_module("blocks", std::make_shared<Stack<TransformerBlock>>(params.blocks, [&] {
          return std::make_shared<TransformerBlock>(TransformerBlockOptions{
              .width = params.width, .heads = params.heads, .mlp_ratio = params.mlp_ratio, .eps = kNormEps, .qkv_bias = false});
        }))),
        crosses_(register_module("block_crosses", std::make_shared<Stack<CrossBlock>>(
            params.blocks + 1, [&] { return std::make_shared<CrossBlock>(params); }))) {
    if (params.width % params.heads != 0)
      throw Error("heads = " + std::to_string(params.heads) + " does not divide width = " +
                  std::to_string(params.width));
  }

  void set_parts(const std::map<std::string, std::shared_ptr<Component>>& parts) override {
    for (const auto& [role, part] : parts) {
      if (role != "tokenizer" || part->interface() != BrainTokenizer::kInterface)
        throw Error("decoding.bit takes a BrainTokenizer as 'tokenizer', found a " +
                    std::string(part->interface()) + " as '" + role + "'");
      tokenizer_ = std::static_pointer_cast<BrainTokenizer>(part);
      if (tokenizer_->width() != params_.width)
        throw Error("the tokenizer is " + std::to_string(tokenizer_->width()) + " wide, decoding.bit is " +
                    std::to_string(params_.width) + " wide");
    }
  }

  at::Tensor forward(const VoxelBatch& batch, const at::Tensor& voxel_table, const at::Tensor& v2c,
                     const at::Tensor& queries) override {
    if (!tokenizer_) throw Error("decoding.bit has no part 'tokenizer'");
    at::Tensor tokens = tokenizer_->forward(batch, voxel_table, v2c);  // [B, K, D]
    at::Tensor x = pred_tokens_.index_select(0, queries.reshape({-1}));
    x = queries.dim() == 2 ? x.view({batch.size(), queries.size(1), params_.width})
                           : x.expand({batch.size(), -1, -1});  // [B, Q', D]
    maps_.clear();
    for (size_t i = 0; i < crosses_->blocks.size(); ++i) {
      if (i > 0) tokens = (*blocks_->blocks[i - 1])(tokens);
      const auto [read, map] = (*crosses_->blocks[i])(tokens, x);
      x = x + read;
      if (recording_) maps_.push_back(map.detach());
    }
    return (*proj_)(x);  // [B, Q', out_dim]
  }

  int64_t queries() const override { return params_.queries; }
  int64_t table_width() const override { return params_.width; }
  double table_deviation() const override { return 0.1 / (2 * std::sqrt(static_cast<double>(params_.width))); }
  bool reads_brain_tokens() const override { return true; }
  at::Tensor attention() const override { return maps_.empty() ? at::Tensor() : at::stack(maps_); }
  void record_attention(bool on) override { recording_ = on; }

  void initialise(Rng rng) override {
    const at::NoGradGuard guard;
    pred_tokens_.copy_(rng.normal(pred_tokens_.sizes()) * table_deviation());
    initialise_all(*this, rng);
  }

 private:
  BitParams params_;
  at::Tensor pred_tokens_;  // [Q, D]
  std::shared_ptr<Linear> proj_;
  std::shared_ptr<Stack<TransformerBlock>> blocks_;
  std::shared_ptr<Stack<CrossBlock>> crosses_;
  std::shared_ptr<BrainTokenizer> tokenizer_;
  bool recording_ = false;
  std::vector<at::Tensor> maps_;  // one per cross block, [B, A, Q', K]
};

BGRAPH_COMPONENT(Bit, "decoding.bit")

}  // namespace bgraph::decoding

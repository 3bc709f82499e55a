// tokens.brain_tokenizer: responses of voxels -> one token per functional cluster, by graph attention.
//
// Each voxel j of a sample sends its modulated embedding m_j = a_j e_j to the centre c of its cluster; a centre
// attends over what it receives (one head) and adds itself:
//
//   h_c = W_s x_c + b_s + sum_j softmax_j((W_q x_c + b_q) . (W_k m_j + b_k) / sqrt(D)) (W_v m_j + b_v)
//   token_c = LayerNorm(ReLU(h_c))
//
// computed in another order, so that projections act on the K clusters and never on the voxels:
//
//   u_c = W_k^T (W_q x_c + b_q) / sqrt(D)         b_k adds the same to every score of a cluster: it cancels
//   s_c = sum_j softmax_j(a_j (e_j . u_c)) a_j e_j
//   h_c = W_s x_c + b_s + W_v s_c + b_v           (b_v only where the cluster has a voxel)
//
// A cluster without voxels keeps the skip term alone; voxels of cluster -1 contribute nothing; a voxel drawn
// twice counts once. NaN betas must have been removed. lin_key.bias has no gradient, because it has no effect.
//
// Source: Brain-IT (arXiv:2510.25976), Brain Tokenizer, and the names and defaults of its authors' release
// (ReLU and LayerNorm are the release's); the layer is the graph transformer of Shi et al. 2021 (UniMP), eq. 3-4.
//
// Used inside a predictor:   decoding.train with  tokenizer = "tokens.brain_tokenizer"

#include "segment_attention.h"

#include <bgraph/sdk/components/brain_tokenizer.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/nn/layers.h>
#include <bgraph/sdk/values/tensor.h>
#include <torch/types.h>

#include <cmath>

namespace bgraph::tokens {

struct BrainTokenizerParams {
  int64_t clusters = 128;
  int64_t width = 512;

  template <class Visitor>
  void visit(Visitor& field) {
    field("clusters", clusters, at_least(1), "functional clusters = brain tokens");
    field("width", width, at_least(1), "width of voxel embeddings, centres and tokens");
  }
};

namespace {

/// The four projections of the graph layer, under the names of its checkpoints.
struct GraphProjections : torch::nn::Module {
  explicit GraphProjections(int64_t width)
      : lin_key(register_module("lin_key", std::make_shared<Linear>(width, width))),
        lin_query(register_module("lin_query", std::make_shared<Linear>(width, width))),
        lin_value(register_module("lin_value", std::make_shared<Linear>(width, width))),
        lin_skip(register_module("lin_skip", std::make_shared<Linear>(width, width))) {}

  std::shared_ptr<Linear> lin_key, lin_query, lin_value, lin_skip;
};

}  // namespace

class BrainTokenizer final : public bgraph::BrainTokenizer {
 public:
  explicit BrainTokenizer(BrainTokenizerParams params)
      : params_(params),
        centers_(register_parameter("centers", at::zeros({params.clusters, params.width}))),
        conv_centers_(register_module("conv_centers", std::make_shared<GraphProjections>(params.width))),
        norm_centers_(register_module("norm_centers", std::make_shared<LayerNorm>(params.width))) {}

  at::Tensor forward(const VoxelBatch& batch, const at::Tensor& voxel_embedding,
                     const at::Tensor& v2c) override {
    if (voxel_embedding.dim() != 2 || voxel_embedding.size(1) != params_.width ||
        voxel_embedding.size(0) != v2c.numel())
      throw ShapeError("the voxel table is " + shape_text(voxel_embedding) + ", expected [" +
                       std::to_string(v2c.numel()) + ", " + std::to_string(params_.width) + "]");
    const auto segments = segments_of(batch, v2c, params_.clusters);
    const auto& conv = *conv_centers_;
    const double scale = 1.0 / std::sqrt(static_cast<double>(params_.width));
    const at::Tensor direction = at::matmul((*conv.lin_query)(centers_), conv.lin_key->weight) * scale;  // [K, D]
    const at::Tensor sums = segment_attention(batch.betas, voxel_embedding, direction, segments);  // [B, K, D]
    const at::Tensor received = at::matmul(sums, conv.lin_value->weight.t()) +
                                segments.occupied(sums.scalar_type()) * conv.lin_value->bias;
    return (*norm_centers_)(at::relu(received + (*conv.lin_skip)(centers_)));  // [B, K, D]
  }

  int64_t clusters() const override { return params_.clusters; }
  int64_t width() const override { return params_.width; }

  void initialise(Rng rng) override {
    const at::NoGradGuard guard;
    const double deviation = 0.1 / (2 * std::sqrt(static_cast<double>(params_.width)));
    centers_.copy_(rng.normal(centers_.sizes()) * deviation);
    initialise_all(*this, rng);
  }

 private:
  BrainTokenizerParams params_;
  at::Tensor centers_;  // [K, D]
  std::shared_ptr<GraphProjections> conv_centers_;
  std::shared_ptr<LayerNorm> norm_centers_;
};

BGRAPH_COMPONENT(BrainTokenizer, "tokens.brain_tokenizer")

}  // namespace bgraph::tokens

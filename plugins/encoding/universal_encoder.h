// The Universal Brain Encoder as a component; what it computes is said in universal.cpp.
#pragma once

#include <bgraph/sdk/components/encoder.h>
#include <bgraph/sdk/components/image_backbone.h>
#include <bgraph/sdk/nn/mlp.h>
#include <bgraph/sdk/nn/module_list.h>

namespace bgraph::encoding {

struct UniversalEncoderParams {
  int64_t embedding = 256;
  int64_t channels = 128;
  std::vector<std::string> layers;
  double dropout = 0.25;
  std::string adapter = "none";
  int64_t rank = 7;
  double alpha = 0.01;

  template <class Visitor>
  void visit(Visitor& field) {
    field("embedding", embedding, at_least(1), "E, learned numbers per voxel");
    field("channels", channels, at_least(1), "C, width of a layer's features");
    field("layers", layers, any(), "taps of the backbone that are read; empty: all");
    field("dropout", dropout, between(0, 0.9), "share of a layer's features dropped in training");
    field("adapter", adapter, one_of({"none", "block_residual", "attn_out"}), "what of the backbone is trained");
    field("rank", rank, at_least(1), "r, rank of the adapters");
    field("alpha", alpha, above(0), "strength of the adapters, divided by the rank");
  }
};

/// The voxel's view of one layer. Names below map_att.{l}.
class SpatialAttention final : public torch::nn::Module {
 public:
  SpatialAttention(int64_t embedding, int64_t channels);
  /// rows [n, E], features [B, P, C], positions [P, E]  ->  [B, n, P], sums to 1 over P
  at::Tensor map(const at::Tensor& rows, const at::Tensor& features, const at::Tensor& positions) const;

  std::shared_ptr<Linear> project, project_x;
};

class UniversalEncoder final : public Encoder {
 public:
  explicit UniversalEncoder(UniversalEncoderParams params);

  /// Takes the part `backbone`, looks at what it taps, and registers the parameters that follow from it.
  void set_parts(const std::map<std::string, std::shared_ptr<Component>>& parts) override;

  at::Tensor forward(const at::Tensor& images, const at::Tensor& voxel_embedding) override;
  int64_t table_width() const override { return params_.embedding; }
  void initialise(Rng rng) override;

  /// The first half of forward: images [B, 3, H, W]  ->  per layer the backbone's tokens [B, P, D].
  /// Without adapters it depends on nothing trained.
  std::vector<at::Tensor> tokens(const at::Tensor& images);
  bool adapted() const { return params_.adapter != "none"; }

  /// The second half: tokens, rows [n, E]  ->  responses [B, n]. Drops features if given numbers to do so.
  at::Tensor respond(const std::vector<at::Tensor>& tokens, const at::Tensor& rows, Rng* dropping = nullptr) const;

  /// The same without dropping, for any number of voxels in bounded memory.
  at::Tensor respond_to_all(const std::vector<at::Tensor>& tokens, const at::Tensor& rows) const;

  /// What voxels look at in layer l: its tokens [B, P, D]  ->  [B, P, C].
  at::Tensor features(const at::Tensor& tokens, size_t layer) const;
  /// Where voxels look in layer l: [B, n, P].
  at::Tensor spatial_attention(const std::vector<at::Tensor>& tokens, const at::Tensor& rows, size_t layer) const;

 private:
  struct Layer {
    int64_t positions, width;
    at::Tensor positional_table;  // [P, E]
  };
  void choose_layers();
  void register_layers(const std::vector<BackboneSizes::Tap>& taps);
  void register_adapters(const std::vector<int64_t>& block_widths);
  at::Tensor adapted_by(int64_t block, const at::Tensor& input) const;

  UniversalEncoderParams params_;
  std::shared_ptr<ImageBackbone> backbone_;  // no submodule: its weights are the part's, not ours
  std::vector<size_t> chosen_;  // which of the backbone's taps are read
  std::vector<Layer> layers_;
  at::Tensor feat_embed_;
  std::shared_ptr<ModuleList<Linear>> in_project_, lora_a_, lora_b_;
  std::shared_ptr<ModuleList<LayerNorm>> norm_in_, norm_;
  std::shared_ptr<ModuleList<SpatialAttention>> map_att_;
  std::shared_ptr<ModuleList<Mlp>> mlp_;
};

/// Fresh voxel rows [voxels, E].
at::Tensor fresh_rows(int64_t voxels, int64_t embedding, Rng rng);

}  // namespace bgraph::encoding

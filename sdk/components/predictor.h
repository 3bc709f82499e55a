// Predictor: responses of voxels -> feature tokens. The Brain Interaction Transformer and the MLP it is
// compared with implement the same interface; both keep what they learn per voxel in a VoxelTable.
//
// Recipe parameters every predictor takes, because the targets decide them: queries, out_dim. One that reads
// brain tokens takes the part "tokenizer" (a BrainTokenizer) through set_parts().
#pragma once

#include <bgraph/sdk/component.h>
#include <bgraph/sdk/components/voxel_batch.h>

namespace bgraph {

class Predictor : public Component {
 public:
  static constexpr const char* kInterface = "Predictor";
  std::string_view interface() const override { return kInterface; }
  ~Predictor() override;

  /// voxel_table [V, D], v2c [V] int64, queries int64: which tokens, [Q'] or, one choice per sample, [B, Q']
  /// ->  [B, Q', output width].
  virtual at::Tensor forward(const VoxelBatch& batch, const at::Tensor& voxel_table,
                             const at::Tensor& v2c, const at::Tensor& queries) = 0;
  virtual int64_t queries() const = 0;      // Q, of all layers together
  virtual int64_t table_width() const = 0;  // D of the voxel table it wants
  virtual double table_deviation() const = 0;  // sd of the rows of a fresh voxel table
  virtual bool reads_brain_tokens() const;  // needs the part "tokenizer"
  /// Random numbers of the next forward in training mode (dropout). Default: none are needed.
  virtual void draw_from(Rng rng);
  /// Attention of queries over brain tokens of the last forward, [blocks, B, A, Q', K]; undefined if the
  /// predictor has none. Recorded only between record_attention(true) and (false).
  virtual at::Tensor attention() const;
  virtual void record_attention(bool on);
  /// Draws fresh weights.
  virtual void initialise(Rng rng) = 0;
};

}  // namespace bgraph

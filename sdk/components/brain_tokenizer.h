// BrainTokenizer: responses of voxels -> one brain token per functional cluster.
#pragma once

#include <bgraph/sdk/component.h>
#include <bgraph/sdk/components/voxel_batch.h>

namespace bgraph {

class BrainTokenizer : public Component {
 public:
  static constexpr const char* kInterface = "BrainTokenizer";
  std::string_view interface() const override { return kInterface; }
  ~BrainTokenizer() override;

  /// voxel_embedding [V, D], v2c [V] int64 (-1 = none)  ->  brain tokens [B, K, D].
  /// Voxels without a cluster contribute nothing, a voxel given twice counts once; NaN betas must have been
  /// removed.
  virtual at::Tensor forward(const VoxelBatch& batch, const at::Tensor& voxel_embedding,
                             const at::Tensor& v2c) = 0;
  virtual int64_t clusters() const = 0;  // K
  virtual int64_t width() const = 0;     // D
  /// Draws fresh weights.
  virtual void initialise(Rng rng) = 0;
};

}  // namespace bgraph

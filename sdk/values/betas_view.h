// Predicted responses: an encoder's answer to images, computed now or when a lazy view is opened.
//
// A view (BetasView) names encoder, voxel table, images and voxels by digest. Both ways evaluate the images in the
// same fixed batches, so that they give the same bits.
#pragma once

#include <bgraph/sdk/components/encoder.h>
#include <bgraph/sdk/context.h>
#include <bgraph/sdk/values/betas.h>
#include <bgraph/sdk/values/images.h>
#include <bgraph/sdk/values/voxel_table.h>
#include <bgraph/sdk/values/voxels.h>

#include <memory>
#include <vector>

namespace bgraph {

/// Noise-free responses of every subject in `voxels` to every image: [N, V] each, repeat and session -1.
/// Error if the table belongs to other voxels. Stops between batches when cancelled.
Betas predicted_betas(Context& ctx, Encoder& encoder, const VoxelTable& table, const Images& images,
                      const Voxels& voxels, int64_t batch);

/// A view whose rows are evaluated when they are asked for: encoder built once, its values opened once.
class PredictedRows {
 public:
  /// Error if `betas` are no view.
  PredictedRows(Context& ctx, const Betas& betas);

  /// The trials: every subject's, image by image, with sizes instead of responses (the meta device).
  const Betas& trials() const { return trials_; }
  /// Responses of one subject to these images, [n, V_s]: those of the whole view to rounding, because rows change in their
  /// last bits with the images they are evaluated together with.
  at::Tensor rows(size_t subject, const std::vector<int64_t>& rows);
  int64_t evaluated() const { return evaluated_; }  // trials, since it was made

 private:
  Context& ctx_;
  std::shared_ptr<Encoder> encoder_;
  VoxelTable table_;  // on the encoder's device
  Images images_;
  Betas trials_;
  at::Device device_;
  int64_t batch_, evaluated_ = 0;
};

/// The same responses with rows in memory: a view is evaluated, stored rows are read, the rest returned as it is.
Betas materialized(Context& ctx, const Betas& betas);

}  // namespace bgraph

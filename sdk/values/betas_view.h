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

namespace bgraph {

/// Noise-free responses of every subject in `voxels` to every image: [N, V] each, repeat and session -1.
/// Error if the table belongs to other voxels. Stops between batches when cancelled.
Betas predicted_betas(Context& ctx, Encoder& encoder, const VoxelTable& table, const Images& images,
                      const Voxels& voxels, int64_t batch);

/// The same responses with rows in memory: a view is evaluated, stored rows are read, the rest returned as it is.
Betas materialized(Context& ctx, const Betas& betas);

}  // namespace bgraph

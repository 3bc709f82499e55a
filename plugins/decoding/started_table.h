// A voxel table that starts from what another network knows of the voxels, under one random projection:
//
//   table = scale * (rows R) / rms(rows R)      R [E, width] standard normal; rms over all entries
//
// Voxels with equal rows start equal, whoever they belong to, and inner products are kept up to about 1 / sqrt(width):
// a decoder that starts there has not to find anew, voxel by voxel, which subject's voxel answers to what.
//
// Source: Brain-IT (arXiv:2510.25976) starts a new subject's embeddings from those of the encoder. Differs: the random
// projection, because encoder and decoder have different widths.
#pragma once

#include <bgraph/sdk/data/rng.h>

namespace bgraph::decoding {

/// rows [V, E] -> [V, width]. Error if all rows are zero.
at::Tensor started_table(const at::Tensor& rows, int64_t width, double scale, Rng& rng);

}  // namespace bgraph::decoding

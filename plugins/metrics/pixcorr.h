// PixCorr: Pearson correlation of a seen and a reconstructed image over all pixels and channels.
//
//   r( vec(resize(seen)), vec(resize(recon)) )        vec: all 3 * size * size numbers of an image
//
// Source: MindEye2 evaluation notebook, size 425; Brain-IT (arXiv:2510.25976) reports the same.
#pragma once

#include <bgraph/sdk/data/resize.h>

namespace bgraph::metrics {

/// seen, recon [N, 3, H, W] in [0, 1]  ->  [N] float64.
at::Tensor pixcorr(const at::Tensor& seen, const at::Tensor& recon, Resize to = {});

}  // namespace bgraph::metrics

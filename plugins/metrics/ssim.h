// SSIM: structural similarity of grey images, in its two-dimensional form.
//
//   grey  = .2125 R + .7154 G + .0721 B
//   SSIM  = (2 mx my + C1)(2 cxy + C2) / ((mx^2 + my^2 + C1)(vx + vy + C2)),   C1 = (.01)^2, C2 = (.03)^2
//
// means, variances and covariance under a sliding window; the map is averaged where the window lies inside.
//   gaussian   sigma 1.5, truncated at 3.5 sigma (11 x 11), population covariance: the papers' window
//   uniform    7 x 7, sample covariance (n - 1): the default of scikit-image, used on the small sets
//
// Blurred images and mean images do well on SSIM: never read it without the mean-image row beside it.
// Source: Wang et al. 2004; scikit-image 0.22 structural_similarity; MindEye2 evaluation notebook (size 425).
#pragma once

#include <bgraph/sdk/data/resize.h>

namespace bgraph::metrics {

/// images [N, 3, H, W]  ->  [N, H, W], weighted as above.
at::Tensor grey(const at::Tensor& images);

enum class SsimWindow { gaussian, uniform };

/// seen, recon [N, 3, H, W] in [0, 1]  ->  [N] float64.
/// Errors: ShapeError if the images are smaller than the window.
at::Tensor ssim(const at::Tensor& seen, const at::Tensor& recon, SsimWindow window, Resize to = {});

/// The same per colour channel, averaged (Brain-IT's Color-SSIM).
at::Tensor color_ssim(const at::Tensor& seen, const at::Tensor& recon, SsimWindow window, Resize to = {});

}  // namespace bgraph::metrics

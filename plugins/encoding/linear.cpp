// encoding.linear: responses as weighted sums of an image's principal components; the encoder for few trials.
//
//   z = basis (x - centre)            x = the image's pixels, channels averaged            [B, C]
//   y = z w_v                         w_v = the voxel's row of the table                   [B, n]
//
// There is no intercept: rows belong to responses with mean 0 over the trials that `centre` is the mean image of.
//
// Source: linear encoding models in general; here Schoenmakers et al. 2013 (NeuroImage 83).
//
//   encoding.fit_linear builds it:
//   [nodes.encoder]
//   type = "encoding.fit_linear"

#include "linear.h"

#include <bgraph/sdk/contract/error.h>
#include <torch/types.h>

namespace bgraph::encoding {

Linear::Linear(LinearParams params)
    : basis_(register_buffer("basis", at::zeros({params.components, params.pixels}))),
      centre_(register_buffer("centre", at::zeros({params.pixels}))) {}

at::Tensor Linear::coefficients(const at::Tensor& images) const {
  if (images.size(2) * images.size(3) != centre_.size(0))
    throw Error("images are " + std::to_string(images.size(2)) + " x " + std::to_string(images.size(3)) +
                    ", the encoder was fitted to images of " + std::to_string(centre_.size(0)) + " pixels",
                "resize the images to those of the training trials");
  return (images.mean(1).flatten(1) - centre_).matmul(basis_.t());
}

at::Tensor Linear::forward(const at::Tensor& images, const at::Tensor& voxel_embedding) {
  return coefficients(images).matmul(voxel_embedding.t());
}

void Linear::initialise(Rng rng) {
  const at::NoGradGuard guard;
  basis_.copy_(rng.normal(basis_.sizes()));
  centre_.zero_();
}

BGRAPH_COMPONENT(Linear, "encoding.linear")

}  // namespace bgraph::encoding

// The linear encoder: responses are weighted sums of an image's principal components.
#pragma once

#include <bgraph/sdk/components/encoder.h>

namespace bgraph::encoding {

struct LinearParams {
  int64_t components = 30;
  int64_t pixels = 784;

  template <class Visitor>
  void visit(Visitor& field) {
    field("components", components, at_least(1), "C, coefficients an image is described by");
    field("pixels", pixels, at_least(1), "height times width of the images");
  }
};

class Linear final : public Encoder {
 public:
  explicit Linear(LinearParams params);

  at::Tensor forward(const at::Tensor& images, const at::Tensor& voxel_embedding) override;
  int64_t table_width() const override { return basis_.size(0); }
  void initialise(Rng rng) override;

  /// images [B, 3, H, W] float in [0, 1]  ->  [B, C], of the basis' precision
  at::Tensor coefficients(const at::Tensor& images) const;

 private:
  at::Tensor basis_;   // [C, P]
  at::Tensor centre_;  // [P]
};

}  // namespace bgraph::encoding

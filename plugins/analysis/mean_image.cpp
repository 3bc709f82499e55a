// analysis.mean_image: the mean training image, once per seen image: what a decoder gets that knows nothing.
//
// A row to stand beside every reconstruction: it has no information about which image was seen, so identification is
// at chance, but SSIM and the error per pixel are good. What does not beat it there has shown nothing.
//
//   [nodes.mean_image]
//   type   = "analysis.mean_image"
//   inputs = { training = "brains.train_images", seen = "brains.validation_images" }

#include <bgraph/sdk/node.h>

namespace bgraph::analysis {

struct MeanImageParams {
  template <class Visitor>
  void visit(Visitor&) {}
};

class MeanImage final : public Node {
 public:
  explicit MeanImage(MeanImageParams) {}

  In<Images> training{this, "training", "images the mean is taken over", kFits};
  In<Images> seen{this, "seen", "images the rows stand for; only their ids are used"};
  Out<Images> images{this, "images", "the mean image, once per seen image", "=seen"};

  void run(Context&) override {
    const at::Tensor mean = training->unit_range().mean(0, true);  // [1, 3, H, W]
    images = Images{mean.expand({seen->size(), -1, -1, -1}).contiguous(), seen->image_id, seen->category,
                    seen->id_space, seen->split};
  }
};

BGRAPH_NODE(MeanImage, "analysis.mean_image")

}  // namespace bgraph::analysis

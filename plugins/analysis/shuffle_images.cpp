// analysis.shuffle_images: reconstructions under each other's names: the pairing of a test set, broken.
//
// The ids of the images are permuted, in all subjects alike, so that row j is scored against an image that was not
// seen. Identification must fall into its permutation band; PixCorr, SSIM and the error fall to what unrelated
// images of this kind share, not to zero.
//
//   [nodes.shuffled]
//   type   = "analysis.shuffle_images"
//   inputs = { images = "both" }

#include "relabel.h"

#include <bgraph/sdk/node.h>

namespace bgraph::analysis {

struct ShuffleImagesParams {
  template <class Visitor>
  void visit(Visitor&) {}
};

class ShuffleImages final : public Node {
 public:
  explicit ShuffleImages(ShuffleImagesParams) { draws_numbers(); }

  In<Images> images{this, "images", "images whose ids are permuted"};
  Out<Images> shuffled{this, "images", "the same pixels under other ids", "=images"};

  void run(Context& ctx) override {
    Images result = *images;
    result.image_id = relabelled(images->image_id, ctx.rng("pairing"));
    shuffled = std::move(result);
  }
};

BGRAPH_NODE(ShuffleImages, "analysis.shuffle_images")

}  // namespace bgraph::analysis

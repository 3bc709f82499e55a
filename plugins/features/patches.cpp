// features.patches: the pixels of an image as tokens, one per square patch: targets that need no network.
//
//   tokens[p, (c * s + y) * s + x] = image[c, s * row(p) + y, s * column(p) + x]       P = (H / s) (W / s)
//
// `grey` averages the three channels first, for images that have equal ones. s must divide height and width.
// Predicted tokens become images again by inversion.patches; no information is lost in between.
//
//   [nodes.tokens]
//   type   = "features.patches"
//   side   = 7
//   inputs = { images = "data.train_images" }

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/node.h>
#include <bgraph/sdk/nn/tokenisation.h>

namespace bgraph::features {

struct PatchesParams {
  int64_t side = 7;
  bool grey = true;

  template <class Visitor>
  void visit(Visitor& field) {
    field("side", side, at_least(1), "pixels along the side of a patch");
    field("grey", grey, any(), "one channel, the mean of three");
  }
};

class Patches final : public Node {
 public:
  explicit Patches(PatchesParams params) : params_(params) {}

  In<Images> images{this, "images", "pictures"};
  Out<Features> features{this, "features", "one layer, 'patches', a token per patch", "=images"};

  void run(Context&) override {
    const int64_t height = images->pixels.size(2), width = images->pixels.size(3);
    if (height % params_.side != 0 || width % params_.side != 0)
      throw Error("images are " + std::to_string(height) + " x " + std::to_string(width) + ", patches of side " +
                      std::to_string(params_.side) + " do not tile them",
                  "choose a side that divides both");
    const at::Tensor pixels = images->unit_range();  // [N, 3, H, W]
    const at::Tensor map = params_.grey ? pixels.mean(1, true) : pixels;
    features = Features{.layers = {{"patches", tokens_from_map(map, {.kernel = params_.side, .stride = params_.side}),
                                    height / params_.side, width / params_.side}},
                        .image_id = images->image_id,
                        .id_space = images->id_space,
                        .split = images->split,
                        .network = "patches"};
  }

 private:
  PatchesParams params_;
};

BGRAPH_NODE(Patches, "features.patches")

}  // namespace bgraph::features

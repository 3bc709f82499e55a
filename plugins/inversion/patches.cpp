// inversion.patches: images from the patch tokens of features.patches, laid side by side again.
//
//   image[c, s * row(p) + y, s * column(p) + x] = clamp(tokens[p, (c * s + y) * s + x], 0, 1)
//
// Tokens of width s^2 are grey and give three equal channels, of width 3 s^2 coloured. `targets` may hold several
// predictions of the same images (seeds, noise draws): their mean is inverted.
//
//   [nodes.images]
//   type   = "inversion.patches"
//   inputs = { targets = "predicted" }

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/node.h>
#include <bgraph/sdk/nn/tokenisation.h>

#include <ATen/ops/full_like.h>

#include <cmath>

namespace bgraph::inversion {

struct PatchesParams {
  template <class Visitor>
  void visit(Visitor&) {}
};

namespace {

/// s with s * s == count, or 0.
int64_t whole_root(int64_t count) {
  const auto root = static_cast<int64_t>(std::llround(std::sqrt(static_cast<double>(count))));
  return root * root == count ? root : 0;
}

}  // namespace

class Patches final : public Node {
 public:
  explicit Patches(PatchesParams) {}

  InList<Features> targets{this, "targets", "patch tokens; several predictions of the same images are averaged"};
  Out<Images> images{this, "images", "one image per row", "=targets"};

  void run(Context&) override {
    const Features& first = targets[0];
    const FeatureLayer& layer = first.layer("patches");
    at::Tensor sum = layer.tokens.clone();  // [N, P, D]
    for (size_t i = 1; i < targets.size(); ++i) {
      const FeatureLayer& next = targets[i].layer("patches");
      if (targets[i].id_space != first.id_space || !targets[i].image_id.equal(first.image_id) ||
          next.tokens.sizes() != layer.tokens.sizes())
        throw Error("entry " + std::to_string(i) + " of 'targets' predicts other images than entry 0",
                    "average predictions of the same trials");
      sum += next.tokens;
    }
    const int64_t dim = layer.tokens.size(2), grey = whole_root(dim);
    const int64_t channels = grey > 0 ? 1 : 3, side = grey > 0 ? grey : whole_root(dim / 3);
    if (side == 0 || channels * side * side != dim)
      throw Error("tokens of width " + std::to_string(dim) + " are no square patches of one or three channels",
                  "take 'targets' from a predictor of features.patches");
    const at::Tensor map = map_from_tokens(sum / static_cast<double>(targets.size()), {.kernel = side, .stride = side},
                                           {channels, side * layer.height, side * layer.width});
    images = Images{map.clamp(0, 1).expand({-1, 3, -1, -1}).contiguous(), first.image_id,
                    at::full_like(first.image_id, -1), first.id_space, first.split};
  }
};

BGRAPH_NODE(Patches, "inversion.patches")

}  // namespace bgraph::inversion

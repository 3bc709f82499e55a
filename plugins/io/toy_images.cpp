// io.toy_images: procedural colour scenes, by the range of their ids.
//
// Little landscapes with one to three figures of one category; category, pose, layout, texture and colour vary
// independently. An image is a function of (seed, id) and of nothing else: the same id is the same scene in every
// graph, at every size. What a range of ids may be used for is fixed (datasets/toy/README.md); the split label of
// the output follows from it, so the images that train a network can never be test images.
//
//   masks: 0 sky, 1 ground, 2 + c a figure of category c (c = 0 .. 9: face person animal bird tree flower house
//   boat car sign)
//
//   [nodes.judge_images]
//   type  = "io.toy_images"
//   first = 130_000_000
//   count = 4000

#include "toy/gallery.h"

#include <bgraph/sdk/node.h>

namespace bgraph::io {

struct ToyImagesParams {
  int64_t first = toy::kNetworks;
  int64_t count = 1000;
  int64_t seed = 0;
  int64_t size = 32;

  template <class Visitor>
  void visit(Visitor& field) {
    field("first", first, at_least(0), "id of the first image; its range says what the images are for");
    field("count", count, at_least(1), "how many images, with consecutive ids");
    field("seed", seed, at_least(0), "another world of scenes, with its own id space; not the graph's seed");
    field("size", size, at_least(16), "height and width, pixels");
  }
};

class ToyImages final : public Node {
 public:
  explicit ToyImages(ToyImagesParams params) : params_(params) {}

  Out<Images> images{this, "images", "scenes, uint8 RGB, with category 0 .. 9"};
  Out<Tensor> masks{this, "masks", {"N", "H", "W"}, at::kLong, "what each pixel shows: sky, ground, category"};

  void run(Context&) override {
    const toy::Gallery gallery = toy::paint_range(params_.seed, params_.first, params_.count, params_.size);
    images = gallery.images;
    masks = Tensor(gallery.regions.to(at::kLong), {"N", "H", "W"});
  }

 private:
  ToyImagesParams params_;
};

BGRAPH_NODE(ToyImages, "io.toy_images")

}  // namespace bgraph::io

// io.join_images: images of several nodes as one value, one after the other.
//
// For the folds of a cross-validation: each fold reconstructs its own held-out trials; joined, every trial has
// exactly one reconstruction and is scored once. An image that stands in two parts is an error: it would have been
// held out twice. Parts must share numbering, size and split.
//
//   [nodes.bit]
//   type   = "io.join_images"
//   inputs = { images = ["f0.bit", "f1.bit", "f2.bit"] }

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/node.h>

#include <map>

namespace bgraph::io {

struct JoinImagesParams {
  template <class Visitor>
  void visit(Visitor&) {}
};

class JoinImages final : public Node {
 public:
  explicit JoinImages(JoinImagesParams) {}

  InList<Images> images{this, "images", "the parts, in order"};
  Out<Images> joined{this, "joined", "all of them", "=images"};

  void run(Context&) override {
    std::map<int64_t, size_t> part_of;
    std::vector<Images> parts;
    for (size_t p = 0; p < images.size(); ++p) {
      refuse_other_kind(p);
      for (int64_t row = 0; row < images[p].size(); ++row) {
        const auto id = images[p].image_id[row].item<int64_t>();
        const auto [known, fresh] = part_of.emplace(id, p);
        if (!fresh)
          throw Error("image " + std::to_string(id) + " stands in parts " + std::to_string(known->second) + " and " +
                          std::to_string(p) + " of 'images'",
                      "give each image in one part");
      }
      parts.push_back(images[p]);
      parts.back().pixels = images[p].unit_range();
    }
    joined = Images::concat(parts);
  }

 private:
  void refuse_other_kind(size_t p) const {
    const Images &first = images[0], &part = images[p];
    const std::string where = "part " + std::to_string(p) + " of 'images' ";
    if (part.split != first.split)
      throw Error(where + "has split '" + part.split + "', part 0 has '" + first.split + "'");
    if (part.pixels.sizes().slice(1) != first.pixels.sizes().slice(1))
      throw Error(where + "is " + shape_text(part.pixels) + ", part 0 is " + shape_text(first.pixels),
                  "join images of one size");
  }
};

BGRAPH_NODE(JoinImages, "io.join_images")

}  // namespace bgraph::io

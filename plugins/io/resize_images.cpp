// io.resize_images: pictures brought to another size, in one of five ways that published numbers were made with.
//
//   bilinear            no antialias: torchvision 0.16 on tensors, as reported scores used it
//   bilinear_antialias  torchvision's default since 0.17
//   bicubic_antialias   torchvision; clamped to [0, 1] here
//   area                the mean of the covered pixels: OpenCV's INTER_AREA
//   gaussian            scikit-image `resize` with anti_aliasing: how the NSD images were brought from 256 to 224 and 112
//
// With `bytes` the result is rounded to 256 levels, as pictures are kept on disk. Non-square pictures are stretched. Pictures that
// stay in a file (io.hdf5_images, lazy) stay there: they are resized when they are read.
// Source: Brain-IT preparation of images (authors' data scripts): gaussian, bytes.
//
//   [nodes.images224]
//   type   = "io.resize_images"
//   size   = 224
//   method = "gaussian"
//   bytes  = true
//   inputs = { images = "nsd.images" }

#include <bgraph/sdk/data/pictures.h>
#include <bgraph/sdk/node.h>
#include <bgraph/sdk/values/stored_pixels.h>

#include <ATen/ops/cat.h>

namespace bgraph::io {

struct ResizeImagesParams {
  int64_t size = 224;
  std::string method = "gaussian";
  bool bytes = false;

  template <class Visitor>
  void visit(Visitor& field) {
    field("size", size, at_least(1), "height and width of the result, pixels");
    field("method", method, one_of({"bilinear", "bilinear_antialias", "bicubic_antialias", "area", "gaussian"}), "how pixels between pixels are made");
    field("bytes", bytes, any(), "round to uint8, as on disk");
  }
};

class ResizeImages final : public Node {
 public:
  explicit ResizeImages(ResizeImagesParams params) : params_(std::move(params)) { in_chunks_of(1024); }

  In<Images> images{this, "images", "pictures", kEach | kStored};
  Out<Images> resized_images{this, "images", "the same pictures, size x size", "=images"};

  void run(Context& ctx) override {
    constexpr int64_t kBatch = 64;  // pictures in float at a time
    const Resize to{params_.size, resize_method(params_.method)};
    Images result = *images;
    if (images->stored) {
      auto stored = std::make_shared<StoredPixels>(*images->stored);
      stored->sizes.push_back({.size = params_.size, .method = params_.method, .bytes = params_.bytes});
      result.stored = std::move(stored);
      resized_images = std::move(result);
      return;
    }
    std::vector<at::Tensor> parts;
    for (int64_t from = 0; from < images->size(); from += kBatch) {
      ctx.stop_if_cancelled();
      parts.push_back(resized_in_unit_range(images->rows(from, from + kBatch).pixels, to, params_.bytes));
      ctx.progress(from, images->size());
    }
    if (!parts.empty()) result.pixels = at::cat(parts);
    resized_images = std::move(result);
  }

 private:
  ResizeImagesParams params_;
};

BGRAPH_NODE(ResizeImages, "io.resize_images")

}  // namespace bgraph::io

// io.image_archive: pictures of a tar archive, plain or gzip-compressed, without unpacking it.
//
// Files whose path begins with `inside` are taken in the archive's order, from the `first` on, `count` of them
// (0 = all). Each is cut to its central square and resized by area averaging. image_id is the picture's number among
// those inside; the id space is the archive's name without its endings, unless `id_space` says otherwise.
// Categories are -1: an archive does not say which of its folders mean one.
//
// Errors: no tar archive, a damaged header or an archive that ends early; fewer pictures than asked for; a file that
// is no readable picture, or is larger than 64 MB (named). What archives are read: plugins/io/arrays/tar.h.
//
//   [nodes.photos]
//   type   = "io.image_archive"
//   file   = "${data}/images/tiny_imagenet_12k.tar.gz"
//   inside = "tiny-imagenet-200/val/"
//   count  = 8
//   size   = 64

#include "picture.h"
#include "tar.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/node.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>

#include <filesystem>

namespace bgraph::io {

namespace {

constexpr uint64_t kLargest = 64 << 20;  // bytes of one picture

/// "tiny_imagenet_12k.tar.gz" -> "tiny_imagenet_12k"
std::string bare_name(const std::string& path) {
  const std::string name = std::filesystem::path(path).filename().string();
  return name.substr(0, name.find('.'));
}

}  // namespace

struct ImageArchiveParams {
  File file;
  std::string inside;
  int64_t first = 0;
  int64_t count = 0;
  int64_t size = 64;
  std::string id_space;
  std::string split;

  template <class Visitor>
  void visit(Visitor& field) {
    field("file", file, required(), "tar archive, plain or .gz");
    field("inside", inside, any(), "paths of the pictures begin with this");
    field("first", first, at_least(0), "number of the first picture taken");
    field("count", count, at_least(0), "pictures taken; 0: all that follow");
    field("size", size, at_least(8), "height and width of the result, pixels");
    field("id_space", id_space, any(), "numbering the ids belong to; empty: name of the archive");
    field("split", split, one_of({"", "train", "validation", "test", "external"}), "what the pictures may be used for");
  }
};

class ImageArchive final : public Node {
 public:
  explicit ImageArchive(ImageArchiveParams params) : params_(std::move(params)) {}

  Out<Images> images{this, "images", "pictures, uint8 RGB"};

  void run(Context& ctx) override {
    std::vector<at::Tensor> pixels;
    TarFile archive(params_.file.path);
    for (int64_t number = 0; !enough(pixels) && archive.next();) {
      ctx.stop_if_cancelled();
      if (!archive.name().starts_with(params_.inside) || !is_picture(archive.name())) continue;
      if (number++ < params_.first) continue;
      pixels.push_back(at::empty({3, params_.size, params_.size}, at::TensorOptions().dtype(at::kByte)));
      copy_planes(square_of(decode_picture(archive.content(kLargest), archive.name()), params_.size), pixels.back().data_ptr<uint8_t>());
    }
    const auto count = static_cast<int64_t>(pixels.size());
    if (count == 0 || count < params_.count)
      throw Error(params_.file.path + " holds " + std::to_string(count) + " pictures below '" + params_.inside +
                      "' from number " + std::to_string(params_.first) + " on, expected " +
                      (params_.count > 0 ? std::to_string(params_.count) : "some"),
                  "`tar tf` lists the paths inside");
    const auto longs = at::TensorOptions().dtype(at::kLong);
    images = {at::stack(pixels), at::arange(params_.first, params_.first + count, longs),
              at::full({count}, -1, longs), params_.id_space.empty() ? bare_name(params_.file.path) : params_.id_space,
              params_.split};
  }

 private:
  bool enough(const std::vector<at::Tensor>& pixels) const {
    return params_.count > 0 && static_cast<int64_t>(pixels.size()) == params_.count;
  }

  ImageArchiveParams params_;
};

BGRAPH_NODE(ImageArchive, "io.image_archive")

}  // namespace bgraph::io

// io.hdf5_images: stimuli of an HDF5 file, those that were seen and no others, at one size.
//
// The dataset is [N, H, W, 3] (nsd_stimuli.hdf5: /imgBrick, uint8) or [N, 3, H, W] (MindEye2: images, float16 in 0..1); its row is
// the image id. With `betas` given, only images that these trials show are read, in ascending order of id, each once; without,
// all. Rows are read in order and shrunk piece by piece. Methods: see io.resize_images; the published NSD code used "gaussian".
// A wide image is cut to its central square before it is resized (what public encoders do with nsdsynthetic).
//
// `lazy = true` keeps where the pictures are and how they are resized, not their pixels: features.tokens, encoding.train,
// encoding.predict and decoding.train_joint then read those of each batch while the last one is computed, io.resize_images adds its
// size, every other input reads them all, and each gets the same bytes. Reading and resizing are then done as often as a picture is
// looked at; 73,000 pictures of 256 pixels are 14 GB.
//
// Errors: no such file or dataset, another shape, an id beyond the dataset (1-based ids are off by one at the end).
//
//   [nodes.train_images]
//   type   = "io.hdf5_images"
//   file   = "${data}/nsd/nsddata_stimuli/stimuli/nsd/nsd_stimuli.hdf5"
//   size   = 256
//   inputs = { betas = ["data.train"] }

#include "stimuli.h"
#include "subject_set.h"

#include <bgraph/sdk/data/pictures.h>
#include <bgraph/sdk/data/wrong_file.h>
#include <bgraph/sdk/node.h>
#include <bgraph/sdk/values/stored_pixels.h>

#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <numeric>
#include <set>

namespace bgraph::io {

struct Hdf5ImagesParams {
  File file;
  std::string dataset = "imgBrick", method = "gaussian", id_space = "nsd-73k";
  int64_t size = 256;
  bool lazy = false;

  template <class Visitor>
  void visit(Visitor& field) {
    field("file", file, required(), "HDF5 file of stimuli");
    field("dataset", dataset, any(), "name of the dataset");
    field("size", size, at_least(8), "height and width of the result, pixels");
    field("method", method, one_of({"bilinear", "bilinear_antialias", "bicubic_antialias", "area", "gaussian"}), "how images are made smaller");
    field("id_space", id_space, any(), "numbering the rows are; must be that of `betas`");
    field("lazy", lazy, any(), "keep where the pictures are, not their pixels");
  }
};

class Hdf5Images final : public Node {
 public:
  explicit Hdf5Images(Hdf5ImagesParams params) : params_(std::move(params)) {}

  InList<Betas> betas{this, "betas", "trials whose images are wanted", kOptional | kStored};
  Out<Images> images{this, "images", "uint8 RGB, ascending ids", "=betas"};

  void run(Context& ctx) override {
    const Stimuli stimuli(params_.file.path, params_.dataset);
    const std::vector<int64_t> ids = wanted(stimuli.count());
    const auto count = static_cast<int64_t>(ids.size());
    Images all{{}, at::tensor(ids, at::kLong), at::full({count}, -1, at::kLong), params_.id_space, betas.size() ? betas[0].split : ""};
    if (params_.lazy) {
      all.stored = std::make_shared<StoredPixels>(StoredPixels{.pictures = with_digest(ctx, stimuli.reference()),
                                                               .square = {.size = params_.size, .method = params_.method}, .row = all.image_id});
      images = all;
      return;
    }
    all.pixels = at::empty({count, 3, params_.size, params_.size}, at::kByte);
    constexpr int64_t kPiece = 64;
    for (int64_t first = 0; first < count; first += kPiece) {
      ctx.stop_if_cancelled();
      const int64_t last = std::min(count, first + kPiece);
      const at::Tensor read = stimuli.pictures({ids.data() + first, static_cast<size_t>(last - first)});
      all.pixels.slice(0, first, last).copy_(central_squares(read, {params_.size, resize_method(params_.method)}));
      ctx.progress(last, count);
    }
    images = all;
  }

 private:
  std::vector<int64_t> wanted(int64_t rows) const {
    std::set<int64_t> ids;
    for (const auto& part : betas) {
      if (part.id_space != params_.id_space)
        throw Error("'betas' number images in '" + part.id_space + "', this file is said to be '" + params_.id_space + "'", "set id_space, or take another file");
      for (const auto& subject : part.subjects) {
        const at::Tensor shown = subject.image_id.contiguous();
        ids.insert(shown.data_ptr<int64_t>(), shown.data_ptr<int64_t>() + shown.numel());
      }
    }
    if (!ids.empty() && (*ids.begin() < 0 || *ids.rbegin() >= rows))
      throw wrong_file(params_.file.path, "number of images", "above " + std::to_string(*ids.rbegin()) + ", the largest id shown", std::to_string(rows),
                       "ids count from 0: were they taken from a table that counts from 1?");
    std::vector<int64_t> list(ids.begin(), ids.end());
    if (betas.size() == 0) list.resize(static_cast<size_t>(rows)), std::iota(list.begin(), list.end(), 0);
    return list;
  }

  Hdf5ImagesParams params_;
};

BGRAPH_NODE(Hdf5Images, "io.hdf5_images")

}  // namespace bgraph::io

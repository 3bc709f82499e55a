// io.nsd_synthetic: the pictures of NSD's extra session: 220 grey ones that everybody saw, and 64 coloured ones of each subject.
//
//   nsdsynthetic_stimuli.hdf5                  /imgBrick [220, H, W, 3] uint8               numbers 0 .. 219
//   nsdsynthetic_colorstimuli_subjAA.hdf5      /imgBrick [64, H, W, 3] uint8, linear light  numbers 220 + 64 (A - 1) + i
//
// Linear light is shown as sqrt(v / 255) 255, before anything else. The pictures are wide: cut to their central square, then resized. Numbers are those of
// io.nsd with test = "synthetic" (id space "nsd-synthetic"). Categories are 0 for grey and 1 for coloured.
//
// Source: NSD data manual, nsdsynthetic; the square root as public users of the data apply it.
//
//   [nodes.test_images]
//   type     = "io.nsd_synthetic"
//   root     = "${data}/nsd"
//   subjects = ["subj01", "subj02", "subj05", "subj07"]

#include "nsd/design.h"
#include "stimuli.h"

#include <bgraph/sdk/data/pictures.h>
#include <bgraph/sdk/data/wrong_file.h>
#include <bgraph/sdk/node.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>

#include <algorithm>
#include <numeric>

namespace bgraph::io {

struct NsdSyntheticParams {
  Folder root;
  std::vector<std::string> subjects = {"subj01"};
  int64_t size = 256;
  std::string method = "gaussian";

  template <class Visitor>
  void visit(Visitor& field) {
    field("root", root, reads({"nsddata_stimuli/stimuli/nsdsynthetic/nsdsynthetic_stimuli.hdf5", "nsddata_stimuli/stimuli/nsdsynthetic/nsdsynthetic_colorstimuli_{subjects}.hdf5"}),
          "folder of the release: nsddata_stimuli/");
    field("subjects", subjects, any(), "whose coloured pictures are read, subj01 to subj08");
    field("size", size, at_least(8), "height and width of the result, pixels");
    field("method", method, one_of({"bilinear", "bilinear_antialias", "bicubic_antialias", "area", "gaussian"}), "how images are made smaller");
  }
};

class NsdSynthetic final : public Node {
 public:
  explicit NsdSynthetic(NsdSyntheticParams params) : params_(std::move(params)) {}

  Out<Images> images{this, "images", "uint8 RGB, ascending numbers; category 0 grey, 1 coloured", "test"};

  void run(Context& ctx) override {
    const std::string folder = params_.root.path + "/nsddata_stimuli/stimuli/nsdsynthetic/";
    std::vector<at::Tensor> pixels = {squares_of(folder + "nsdsynthetic_stimuli.hdf5", nsd::kSyntheticShared, false)};
    std::vector<at::Tensor> ids = {at::arange(nsd::kSyntheticShared, at::kLong)}, categories = {at::full({nsd::kSyntheticShared}, 0, at::kLong)};
    std::vector<std::string> subjects = params_.subjects;
    std::sort(subjects.begin(), subjects.end());  // numbers then ascend
    if (std::adjacent_find(subjects.begin(), subjects.end()) != subjects.end()) throw Error("'subjects' names a subject twice");
    for (const auto& subject : subjects) {
      ctx.stop_if_cancelled();
      const int64_t first = nsd::kSyntheticShared + (nsd::subject_number(subject) - 1) * nsd::kSyntheticOwn;
      pixels.push_back(squares_of(folder + "nsdsynthetic_colorstimuli_" + subject + ".hdf5", nsd::kSyntheticOwn, true));
      ids.push_back(at::arange(first, first + nsd::kSyntheticOwn, at::kLong));
      categories.push_back(at::full({nsd::kSyntheticOwn}, 1, at::kLong));
    }
    images = {at::cat(pixels), at::cat(ids), at::cat(categories), "nsd-synthetic", "test"};
  }

 private:
  at::Tensor squares_of(const std::string& path, int64_t count, bool linear) const {
    const Stimuli stimuli(path, "imgBrick");
    if (stimuli.count() != count) throw wrong_file(path, "number of images", std::to_string(count), std::to_string(stimuli.count()));
    std::vector<int64_t> all(static_cast<size_t>(count));
    std::iota(all.begin(), all.end(), 0);
    at::Tensor pictures = stimuli.pictures(all);
    if (linear) pictures = pictures.to(at::kFloat).div(255.0).sqrt().mul(255.0).round().to(at::kByte);
    return central_squares(pictures, {params_.size, resize_method(params_.method)});
  }

  NsdSyntheticParams params_;
};

BGRAPH_NODE(NsdSynthetic, "io.nsd_synthetic")

}  // namespace bgraph::io

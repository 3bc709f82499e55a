// io.miyawaki: geometric figures and letters seen by one subject (Miyawaki et al. 2008, figure session), from its
// MATLAB file of block means.
//
// `I2` [100, 80] 10x10 patterns of 0 and 1 in MATLAB column order, `R2` [797, 80] V1 responses; columns 0-39 are five
// figures, 40-79 five letters, each image in 8 blocks. The two halves are not normalised to each other, so `set`
// chooses one; responses are z-scored over the training blocks. image_id is the number of the distinct image in
// order of appearance, in id space "miyawaki".
//
// All blocks of image number `held_out` (within the set) are held out: repeats never stand on both sides.
// NaN responses are counted and warned about. Errors: no such file or array, sizes that disagree.
//
// Source: Miyawaki et al. 2008, Neuron 60(5).
//
//   [nodes.data]
//   type     = "io.miyawaki"
//   file     = "${data}/fmri/miyawaki_V1_mean_figure.mat"
//   set      = "figures"
//   held_out = 0

#include "mat_brains.h"
#include "mat_file.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/node.h>

#include <ATen/ops/empty.h>

namespace bgraph::io {

struct MiyawakiParams {
  File file;
  std::string set = "figures";
  int64_t held_out = 0;

  template <class Visitor>
  void visit(Visitor& field) {
    field("file", file, required(), "miyawaki_V1_mean_figure.mat");
    field("set", set, one_of({"figures", "letters"}), "which half of the session");
    field("held_out", held_out, at_least(0), "number of the image whose blocks are held out");
  }
};

namespace {

/// Number of the distinct column each column shows, in order of appearance.
at::Tensor distinct_columns(const at::Tensor& patterns) {
  at::Tensor id = at::empty({patterns.size(1)}, at::kLong);
  std::vector<int64_t> firsts;
  for (int64_t column = 0; column < patterns.size(1); ++column) {
    size_t number = 0;
    while (number < firsts.size() && !patterns.select(1, firsts[number]).equal(patterns.select(1, column))) ++number;
    if (number == firsts.size()) firsts.push_back(column);
    id[column] = static_cast<int64_t>(number);
  }
  return id;
}

}  // namespace

class Miyawaki final : public Node {
 public:
  explicit Miyawaki(MiyawakiParams params) : params_(std::move(params)) {}

  Out<Betas> train{this, "train", "block means of the other images, z-scored", "train"};
  Out<Betas> test{this, "test", "block means of the held-out image, z-scored by the training blocks", "test"};
  Out<Images> train_images{this, "train_images", "the other images, 10x10", "train"};
  Out<Images> test_images{this, "test_images", "the held-out image, 10x10", "test"};
  Out<Voxels> voxels{this, "voxels", "voxels of V1"};

  void run(Context& ctx) override {
    const MatFile file(params_.file.path);
    const at::Tensor responses = file.matrix("R2", -1, 80), patterns = file.matrix("I2", 100, 80);
    const int64_t first = params_.set == "figures" ? 0 : 40;
    const at::Tensor shown = patterns.slice(1, first, first + 40);  // [100, 40]
    const at::Tensor id = distinct_columns(shown);
    const SmallSet set{.subject = "S1",
                       .space = "miyawaki",
                       .responses = responses.slice(1, first, first + 40).t().contiguous(),
                       // columns of 100 in MATLAB order: [N, column, row] -> [N, row, column]
                       .pixels = shown.t().reshape({-1, 10, 10}).transpose(1, 2).mul(255).to(at::kByte).contiguous(),
                       .image_id = id,
                       .category = id};
    report_oddities(set, params_.file.path, ctx);
    const at::Tensor blocks = id.eq(params_.held_out).nonzero().reshape({-1});
    if (blocks.size(0) == 0)
      throw Error("held_out is " + std::to_string(params_.held_out) + ", the set has images 0 to " +
                  std::to_string(id.max().item<int64_t>()));
    const HeldOut held{id.ne(params_.held_out).nonzero().reshape({-1}), blocks};
    train = betas_of(set, held, held.train, "train");
    test = betas_of(set, held, held.test, "test");
    train_images = images_of(set, held.train, "train");
    test_images = images_of(set, held.test, "test");
    voxels = unplaced_voxels(set);
  }

 private:
  MiyawakiParams params_;
};

BGRAPH_NODE(Miyawaki, "io.miyawaki")

}  // namespace bgraph::io

// io.yamada: five geometric shapes seen by one subject (Yamada et al. 2015, figure session, V1), from its MATLAB file of raw BOLD.
//
// `D/data` [520, 910] volumes x voxels, `D/labels` [520] (1 and 2 rest, 2001 ... 2005 shapes), `D/inds_runs` [2, 4] first and last volume of
// every run from 1, `D/xyz` [3, 910] mm, `D/rois_names` and `D/rois_inds` (cells: regions and their voxels from 1), `P/fMRI/TR` s. Every stretch of one shape is a block; inside its run each voxel is
//
//   percent = 100 (x - line through the run) / mean of the run
//   beta    = mean of percent over the volumes of the block, `delay_s` later (those after the run's end are left out)
//
// and then z-scored by the training blocks. image_id is the shape's number from 0 (square, small frame, large frame, plus, cross), in
// id space "yamada"; the pictures themselves are not in the file. Run `held_out` is test. `voxels` keeps those of the variable
// afterOutlierVoxInd (from 1). Hemispheres follow from x. Regions are those of the file, dorsal and ventral V1 (V1d, V1v), each of
// both hemispheres ("VOX_MF100301_LH_V1d" and its like); they share voxels at the horizontal meridian.
//
// Source: Yamada, Miyawaki & Kamitani 2015, NeuroImage 113. Delay and percent change as in Miyawaki et al. 2008.
//
//   [nodes.data]
//   type     = "io.yamada"
//   file     = "${data}/fmri/ncc_S2_figureImage.mat"
//   voxels   = "${data}/fmri/ncc_S2_outlierVoxInd.mat"
//   held_out = 0

#include "mat_brains.h"
#include "mat_file.h"
#include "subject_set.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/data/wrong_file.h>
#include <bgraph/sdk/node.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

namespace bgraph::io {

struct YamadaParams {
  File file, voxels;
  int64_t held_out = 0;
  double delay_s = 4.0;

  template <class Visitor>
  void visit(Visitor& field) {
    field("file", file, required(), "ncc_S2_figureImage.mat");
    field("voxels", voxels, any(), "ncc_S2_outlierVoxInd.mat, whose voxels are kept; empty = all");
    field("held_out", held_out, at_least(0), "number of the run that is test");
    field("delay_s", delay_s, at_least(0), "seconds from what is shown to the response");
  }
};

namespace {

constexpr int64_t kFirstShape = 2001;

struct Blocks {
  std::vector<at::Tensor> betas;  // [V] each
  std::vector<int64_t> shape, run;
};

/// What is left of each column when its least-squares line is taken away, in percent of its mean.   [T, V] -> [T, V]
at::Tensor percent_change(const at::Tensor& volumes) {
  const at::Tensor mean = volumes.mean(0), time = at::arange(volumes.size(0), at::kDouble) - 0.5 * static_cast<double>(volumes.size(0) - 1);
  const at::Tensor slope = time.matmul(volumes - mean) / time.square().sum();  // [V]
  return 100.0 * (volumes - mean - time.unsqueeze(1) * slope) / mean;
}

/// The file's regions over all its voxels, hemispheres together; none where it names none.   name -> [count] bool
std::map<std::string, at::Tensor> regions_of(const MatFile& file, int64_t count, const std::string& path) {
  std::map<std::string, at::Tensor> regions;
  if (!file.holds("D/rois_names")) return regions;
  const auto names = file.cell("D/rois_names"), lists = file.cell("D/rois_inds");
  if (names.size() != lists.size()) throw wrong_file(path, "'D/rois_inds'", std::to_string(names.size()) + " lists, one a name", std::to_string(lists.size()));
  for (size_t r = 0; r < names.size(); ++r) {
    const std::string whole = file.text(names[r]);
    const size_t side = std::min(whole.find("LH_"), whole.find("RH_"));
    if (side == std::string::npos) throw wrong_file(path, "'D/rois_names'", "names with LH_ or RH_ and a region", whole);
    const at::Tensor listed = file.array(lists[r]).flatten().to(at::kLong) - 1;
    if (listed.numel() == 0 || listed.min().item<int64_t>() < 0 || listed.max().item<int64_t>() >= count)
      throw wrong_file(path, "'D/rois_inds' of " + whole, "numbers from 1 to " + std::to_string(count), "others, or none");
    at::Tensor& mask = regions.try_emplace(whole.substr(side + 3), at::zeros({count}, at::kBool)).first->second;
    mask.index_fill_(0, listed, true);
  }
  return regions;
}

}  // namespace

class Yamada final : public Node {
 public:
  explicit Yamada(YamadaParams params) : params_(std::move(params)) {}

  Out<Betas> train{this, "train", "blocks of the other runs, z-scored", "train"};
  Out<Betas> test{this, "test", "blocks of the held-out run, z-scored by the training blocks", "test"};
  Out<Voxels> out_voxels{this, "voxels", "voxels of V1, positions in mm, regions V1d and V1v"};

  void run(Context& ctx) override {
    const MatFile file(params_.file.path);
    const at::Tensor data = file.matrix("D/data", -1, -1), runs = file.matrix("D/inds_runs", 2, -1).to(at::kLong), xyz = file.matrix("D/xyz", 3, data.size(1));
    const at::Tensor labels = file.array("D/labels").flatten().to(at::kLong), kept = kept_voxels(data.size(1));
    if (labels.numel() != data.size(0)) throw wrong_file(params_.file.path, "'D/labels'", std::to_string(data.size(0)) + " numbers, one a volume", std::to_string(labels.numel()));
    if (params_.held_out >= runs.size(1)) throw Error("held_out is " + std::to_string(params_.held_out) + ", the file has runs 0 to " + std::to_string(runs.size(1) - 1));
    Blocks blocks;
    for (int64_t r = 0; r < runs.size(1); ++r) add_blocks(blocks, r, data.index_select(1, kept), labels, runs[0][r].item<int64_t>() - 1, runs[1][r].item<int64_t>(), delay(file));
    if (blocks.betas.empty()) throw wrong_file(params_.file.path, "'D/labels'", "blocks of shapes, 2001 and above", "none");

    const at::Tensor run_of = at::tensor(blocks.run, at::kLong), id = at::tensor(blocks.shape, at::kLong);
    const SmallSet set{.subject = "S2", .space = "yamada", .responses = at::stack(blocks.betas), .pixels = {}, .image_id = id, .category = id};
    report_oddities(set, params_.file.path, ctx);
    const HeldOut held{run_of.ne(params_.held_out).nonzero().flatten(), run_of.eq(params_.held_out).nonzero().flatten()};
    if (held.train.numel() == 0 || held.test.numel() == 0) throw Error("run " + std::to_string(params_.held_out) + " leaves no block to train on, or has none");
    train = betas_of(set, held, held.train, "train");
    test = betas_of(set, held, held.test, "test");
    Voxels places = unplaced_voxels(set);
    places.space = "native S2";
    places.position = xyz.t().index_select(0, kept).to(at::kFloat).contiguous();
    places.hemisphere = places.position.select(1, 0).gt(0).to(at::kLong);  // x grows to the right
    for (const auto& [name, mask] : regions_of(file, data.size(1), params_.file.path)) add_region(places, 0, name, mask.index_select(0, kept));
    out_voxels = places;
  }

 private:
  at::Tensor kept_voxels(int64_t count) const {
    if (params_.voxels.path.empty()) return at::arange(count, at::kLong);
    const at::Tensor listed = MatFile(params_.voxels.path).array("afterOutlierVoxInd").flatten().to(at::kLong) - 1;
    if (listed.numel() == 0 || listed.min().item<int64_t>() < 0 || listed.max().item<int64_t>() >= count)
      throw wrong_file(params_.voxels.path, "'afterOutlierVoxInd'", "numbers from 1 to " + std::to_string(count), "others, or none");
    return listed;
  }

  int64_t delay(const MatFile& file) const {
    const double tr_s = file.array("P/fMRI/TR").item<double>();
    if (!(tr_s > 0)) throw wrong_file(params_.file.path, "'P/fMRI/TR'", "seconds above 0", std::to_string(tr_s));
    return std::llround(params_.delay_s / tr_s);
  }

  /// Blocks of volumes begin .. end - 1, which are one run.
  void add_blocks(Blocks& blocks, int64_t run, const at::Tensor& data, const at::Tensor& labels, int64_t begin, int64_t end, int64_t later) const {
    if (begin < 0 || end > data.size(0) || begin >= end)
      throw wrong_file(params_.file.path, "'D/inds_runs', run " + std::to_string(run), "volumes 1 to " + std::to_string(data.size(0)), std::to_string(begin + 1) + " to " + std::to_string(end));
    const at::Tensor percent = percent_change(data.slice(0, begin, end));  // [T, V]
    const auto* label = labels.data_ptr<int64_t>();
    for (int64_t first = begin; first < end;) {
      int64_t last = first + 1;
      while (last < end && label[last] == label[first]) ++last;
      const int64_t from = first + later - begin, to = std::min(last + later, end) - begin;
      if (label[first] >= kFirstShape && from < to) {
        blocks.betas.push_back(percent.slice(0, from, to).mean(0));
        blocks.shape.push_back(label[first] - kFirstShape), blocks.run.push_back(run);
      }
      first = last;
    }
  }

  YamadaParams params_;
};

BGRAPH_NODE(Yamada, "io.yamada")

}  // namespace bgraph::io

// voxels.average: the mean response to each image over its repeats.
//
//   x[image] = mean over the repeats whose response is not NaN        images ascending by id
//
// `trials` > 0 takes the first so many repeats of every image. The result has repeat -1 and session -1 and is in memory: this is
// where rows that stayed in their files are read, image by image. nan = "zero" puts 0 where every repeat is NaN, as the published
// preparation does (after z-scoring 0 is the mean); the number of such values is warned about.
//
// Source: Brain-IT (arXiv:2510.25976), preparation of training and test responses.
//
//   [nodes.averaged]
//   type   = "voxels.average"
//   inputs = { betas = "z.betas", validation = "z.validation", test = "z.test" }

#include "splits.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <map>

namespace bgraph::voxels {

struct AverageParams {
  int64_t trials = 0;
  std::string nan = "keep";

  template <class Visitor>
  void visit(Visitor& field) {
    field("trials", trials, at_least(0), "repeats averaged, the first ones; 0 = all");
    field("nan", nan, one_of({"keep", "zero"}), "what a voxel without any measured repeat becomes");
  }
};

class Average final : public OverSplits {
 public:
  explicit Average(AverageParams params) : params_(std::move(params)) {}

  void run(Context& ctx) override {
    int64_t replaced = 0;
    each({{"what", "average"}, {"trials", params_.trials}, {"nan", params_.nan}},
         [&](const SubjectBetas& trials, size_t) { return averaged(ctx, trials, replaced); });
    if (replaced > 0) ctx.warn(std::to_string(replaced) + " averages were NaN in every repeat and became 0");
  }

 private:
  SubjectBetas averaged(Context& ctx, const SubjectBetas& trials, int64_t& replaced) const {
    std::map<int64_t, std::vector<int64_t>> rows_of;  // image -> rows, in recorded order
    const at::Tensor shown = trials.image_id.contiguous();
    for (int64_t row = 0; row < shown.numel(); ++row) {
      auto& rows = rows_of[shown.data_ptr<int64_t>()[row]];
      if (params_.trials == 0 || static_cast<int64_t>(rows.size()) < params_.trials) rows.push_back(row);
    }
    const auto images = static_cast<int64_t>(rows_of.size());
    SubjectBetas result = trials;
    result.stored = nullptr;
    result.betas = at::empty({images, trials.voxels()}, at::kFloat);
    std::vector<int64_t> ids;
    for (auto next = rows_of.begin(); next != rows_of.end();) {
      ctx.stop_if_cancelled();
      constexpr size_t kRowsAtOnce = 512;
      std::vector<int64_t> rows;
      std::vector<size_t> counts;
      for (; next != rows_of.end() && rows.size() < kRowsAtOnce; ++next) {
        ids.push_back(next->first), counts.push_back(next->second.size());
        rows.insert(rows.end(), next->second.begin(), next->second.end());
      }
      const at::Tensor read = responses(ctx, trials, at::tensor(rows, at::kLong));  // [n, V]
      int64_t first = 0, image = static_cast<int64_t>(ids.size() - counts.size());
      for (const size_t count : counts) {
        result.betas.select(0, image++).copy_(read.narrow(0, first, static_cast<int64_t>(count)).nanmean(0));
        first += static_cast<int64_t>(count);
      }
      ctx.progress(static_cast<int64_t>(ids.size()), images, trials.subject);
    }
    if (params_.nan == "zero") {
      const at::Tensor missing = result.betas.isnan();
      replaced += missing.sum().item<int64_t>();
      result.betas.masked_fill_(missing, 0.0);
    }
    result.image_id = at::tensor(ids, at::kLong);
    result.repeat = at::full({images}, -1, at::kLong);
    result.session = result.repeat;
    return result;
  }

  AverageParams params_;
};

BGRAPH_NODE(Average, "voxels.average")

}  // namespace bgraph::voxels

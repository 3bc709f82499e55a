// voxels.reliability: how alike a voxel's responses to the same image are.
//
//   r[v] = Pearson correlation over images of the mean of odd and the mean of even repeats
//
// Only images with at least two repeats count; NaN trials are left out, a constant voxel gets NaN. The input refuses test data:
// choosing voxels by repeats of test images is double dipping. Where training images were shown once (vim-1, Generic Object
// Decoding), there is nothing to compute and the node says so.
//
//   [nodes.reliable]
//   type   = "voxels.reliability"
//   inputs = { betas = "z.betas" }

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/node.h>
#include <bgraph/sdk/values/stored_rows.h>

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include <map>

namespace bgraph::voxels {

struct ReliabilityParams {
  template <class Visitor>
  void visit(Visitor&) {}
};

class Reliability final : public Node {
 public:
  explicit Reliability(ReliabilityParams) {}

  In<Betas> betas{this, "betas", "single training trials", kFits | kStored};
  Out<Tensor> score{this, "score", {"V"}, at::kFloat, "split-half correlation", "=betas"};

  void run(Context& ctx) override {
    std::vector<at::Tensor> parts;
    for (const auto& subject : betas->subjects) parts.push_back(of_subject(ctx, subject));
    score = Tensor(at::cat(parts), {"V"}, "");
  }

 private:
  static at::Tensor of_subject(Context& ctx, const SubjectBetas& trials) {
    std::map<int64_t, std::vector<int64_t>> rows_of;
    const at::Tensor shown = trials.image_id.contiguous();
    for (int64_t row = 0; row < shown.numel(); ++row) rows_of[shown.data_ptr<int64_t>()[row]].push_back(row);
    std::erase_if(rows_of, [](const auto& entry) { return entry.second.size() < 2; });
    if (rows_of.size() < 3)
      throw Error(trials.subject + ": " + std::to_string(rows_of.size()) + " images of these trials were shown twice or more, expected at least 3",
                  "training images of vim-1 and Generic Object Decoding were shown once; repeats of test images would be double dipping. Use a "
                  "score that is fitted to training trials, such as encoding.fit_linear");
    const auto images = static_cast<int64_t>(rows_of.size());
    at::Tensor odd = at::empty({images, trials.voxels()}, at::kDouble), even = at::empty_like(odd);
    int64_t image = 0;
    for (const auto& [id, rows] : rows_of) {
      ctx.stop_if_cancelled();
      const at::Tensor read = responses(ctx, trials, at::tensor(rows, at::kLong)).to(at::kDouble);  // [R, V]
      even.select(0, image).copy_(read.slice(0, 0, at::nullopt, 2).nanmean(0));
      odd.select(0, image++).copy_(read.slice(0, 1, at::nullopt, 2).nanmean(0));
    }
    const at::Tensor a = odd - odd.mean(0), b = even - even.mean(0);
    return ((a * b).sum(0) / (a.square().sum(0) * b.square().sum(0)).sqrt()).to(at::kFloat);  // [V], 0 / 0 = NaN
  }
};

BGRAPH_NODE(Reliability, "voxels.reliability")

}  // namespace bgraph::voxels

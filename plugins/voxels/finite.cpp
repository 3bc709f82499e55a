// voxels.finite: only the voxels that were measured in every trial.
//
// policy = "drop": a voxel that is NaN or infinite in any trial of any split leaves all of them, and the table of voxels; how many
// and in whom is warned about. policy = "keep": only that is said (voxels.average with nan = "zero" then fills them).
// policy = "refuse": the first such voxel is an Error. Looking for NaN in held-out trials uses nothing of their values. Rows that
// stay in their files stay there.
//
// Source: the Algonauts 2023 preparation drops the NaN vertices of NSD subjects 6 and 8 so.
//
//   [nodes.finite]
//   type   = "voxels.finite"
//   inputs = { voxels = "data.voxels", betas = "data.train", validation = "data.validation", test = "data.test" }

#include "splits.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/ones_like.h>

#include <algorithm>

namespace bgraph::voxels {

struct FiniteParams {
  std::string policy = "drop";

  template <class Visitor>
  void visit(Visitor& field) {
    field("policy", policy, one_of({"drop", "keep", "refuse"}), "what happens to a voxel with a missing trial");
  }
};

class Finite final : public OverSplits {
 public:
  explicit Finite(FiniteParams params) : params_(std::move(params)) {}

  In<Voxels> voxels{this, "voxels", "the voxels of these trials"};
  Out<Voxels> out_voxels{this, "voxels", "those that are left", "=voxels"};

  void run(Context& ctx) override {
    std::vector<at::Tensor> kept, global;  // per subject: columns, and rows of `voxels`
    std::vector<int64_t> first;
    int64_t left = 0;
    for (size_t s = 0; s < betas->subjects.size(); ++s) {
      const auto& subject = betas->subjects[s];
      at::Tensor fine = at::ones({subject.voxels()}, at::kBool);
      for (const Betas* split : given()) fine.logical_and_(measured(ctx, split->subjects[s]));
      const int64_t missing = subject.voxels() - fine.sum().item<int64_t>();
      if (missing > 0 && params_.policy == "refuse")
        throw Error(subject.subject + ": " + std::to_string(missing) + " of " + std::to_string(subject.voxels()) + " voxels have a trial without a number",
                    "use policy = \"drop\"");
      if (missing > 0) ctx.warn(subject.subject + ": " + std::to_string(missing) + " of " + std::to_string(subject.voxels()) + " voxels are missing in some trial and are " + (params_.policy == "keep" ? "kept" : "left out"));
      kept.push_back((params_.policy == "keep" ? at::ones_like(fine) : fine).nonzero().flatten());
      global.push_back(kept.back() + subject.first_voxel);
      first.push_back(left);
      left += kept.back().numel();
    }
    if (left == 0) throw Error("no voxel was measured in every trial", "look at the data with policy = \"refuse\"");
    each({{"what", "finite"}, {"policy", params_.policy}}, [&](const SubjectBetas& trials, size_t s) {
      SubjectBetas some = trials.columns(kept[s]);
      some.first_voxel = first[s];
      return some;
    });
    out_voxels = voxels->select(at::cat(global));
  }

 private:
  static at::Tensor measured(Context& ctx, const SubjectBetas& trials) {
    at::Tensor fine = at::ones({trials.voxels()}, at::kBool);
    constexpr int64_t kRowsAtOnce = 1024;
    for (int64_t row = 0; row < trials.trials(); row += kRowsAtOnce) {
      ctx.stop_if_cancelled();
      const auto index = at::arange(row, std::min(row + kRowsAtOnce, trials.trials()), at::kLong);
      fine.logical_and_(responses(ctx, trials, index).isfinite().all(0));
    }
    return fine;
  }

  FiniteParams params_;
};

BGRAPH_NODE(Finite, "voxels.finite")

}  // namespace bgraph::voxels

// voxels.keep: the voxels with the highest score, in all that speaks of voxels.
//
// Of all subjects together the `count` best are kept (all, where there are fewer), in their old order; voxels get new
// global indices. The score must not have seen held-out trials: take it from a node that fits training trials.
// NaN scores count as the lowest.
//
// `choice` (of decoding.kernel_posterior) replaces `count` by the number of voxels chosen inside the training trials.
//
//   [nodes.kept]
//   type   = "voxels.keep"
//   count  = 400
//   inputs = { score = "screen.skill", voxels = "data.voxels", betas = "data.train", scored = "data.test" }

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/data/chosen.h>
#include <bgraph/sdk/node.h>

#include <ATen/ops/nan_to_num.h>

#include <limits>

namespace bgraph::voxels {

struct KeepParams {
  int64_t count = 400;

  template <class Visitor>
  void visit(Visitor& field) {
    field("count", count, at_least(1), "voxels kept, of all subjects together");
  }
};

class Keep final : public Node {
 public:
  explicit Keep(KeepParams params) : params_(params) {}

  In<Tensor> score{this, "score", {"V"}, at::kFloat, "of every voxel; higher is better", kFits};
  In<Voxels> voxels{this, "voxels", "all voxels"};
  In<Betas> betas{this, "betas", "training trials of all voxels", kStored};
  In<Betas> scored{this, "scored", "held-out trials of all voxels", kStored};
  In<Table> choice{this, "choice", "number of voxels chosen elsewhere, in a row 'chosen'", kOptional};
  Out<Voxels> kept{this, "voxels", "the voxels kept", "=voxels"};
  Out<Betas> kept_betas{this, "betas", "training trials of these", "=betas"};
  Out<Betas> kept_scored{this, "scored", "held-out trials of these", "=scored"};

  void run(Context&) override {
    if (score->size(0) != voxels->size())
      throw ShapeError("'score' has " + std::to_string(score->size(0)) + " voxels, 'voxels' has " +
                           std::to_string(voxels->size()),
                       "take both from one subject's nodes");
    const at::Tensor ranked = at::nan_to_num(*score, -std::numeric_limits<double>::infinity());
    const int64_t wanted = choice.given() ? static_cast<int64_t>(chosen_constant(*choice, "voxels")) : params_.count;
    const int64_t count = std::min(wanted, voxels->size());
    const at::Tensor index = std::get<0>(std::get<1>(ranked.topk(count)).sort());  // [n] ascending
    kept = voxels->select(index);
    kept_betas = columns_of(*betas, index);
    kept_scored = columns_of(*scored, index);
  }

 private:
  Betas columns_of(const Betas& all, const at::Tensor& index) const {
    if (!all.views.empty())
      throw Error("responses are a view that is not computed yet", "set materialize = \"store\" on the node that makes them");
    Betas some = all;
    for (auto& subject : some.subjects) {
      const int64_t begin = subject.first_voxel, end = begin + subject.voxels();
      if (end > voxels->size())
        throw ShapeError(subject.subject + " reaches voxel " + std::to_string(end) + ", 'voxels' has " +
                             std::to_string(voxels->size()),
                         "take 'betas' and 'voxels' from the same node");
      const at::Tensor own = index.masked_select(index.ge(begin).logical_and(index.lt(end))) - begin;
      subject = subject.columns(own);
      subject.first_voxel = index.lt(begin).sum().item<int64_t>();
    }
    return some;
  }

  KeepParams params_;
};

BGRAPH_NODE(Keep, "voxels.keep")

}  // namespace bgraph::voxels

// analysis.shuffle_betas: responses under other images' names: the pairing of a training set, broken.
//
// Within each subject the ids of the images are permuted, so that every trial keeps its response but is said to have
// been evoked by another image; repeats of one image stay together. What is trained on it has seen no relation
// between brain and image, while all statistics of either side are untouched. Scores fall to the mean-image row or,
// with a generative prior, to that of a sample from the prior.
//
//   [nodes.broken_training]
//   type   = "analysis.shuffle_betas"
//   inputs = { betas = "brains.train" }

#include "relabel.h"

#include <bgraph/sdk/node.h>

namespace bgraph::analysis {

struct ShuffleBetasParams {
  template <class Visitor>
  void visit(Visitor&) {}
};

class ShuffleBetas final : public Node {
 public:
  explicit ShuffleBetas(ShuffleBetasParams) { draws_numbers(); }

  In<Betas> betas{this, "betas", "measured responses"};
  Out<Betas> shuffled{this, "betas", "the same responses under other image ids", "=betas"};

  void run(Context& ctx) override {
    if (!betas->views.empty())
      throw Error("predicted responses that are not stored cannot be shuffled", "set materialize = \"store\" where they are made");
    Betas result = *betas;
    for (size_t s = 0; s < result.subjects.size(); ++s)
      result.subjects[s].image_id =
          relabelled(result.subjects[s].image_id, ctx.rng("pairing", 0, static_cast<int64_t>(s)));
    shuffled = std::move(result);
  }
};

BGRAPH_NODE(ShuffleBetas, "analysis.shuffle_betas")

}  // namespace bgraph::analysis

// analysis.category_mean: the mean training image of each seen image's category.
//
// An oracle that knows the category and nothing else. With C balanced categories it reaches two-way identification
// of 1 - (1/C)/2 overall and exactly chance within category: a decoder that reads out the category alone looks like
// this. A category without training images takes the mean of all of them, with a warning.
//
//   [nodes.category_mean]
//   type   = "analysis.category_mean"
//   inputs = { training = "brains.train_images", seen = "brains.validation_images" }

#include <bgraph/sdk/node.h>

#include <map>

namespace bgraph::analysis {

struct CategoryMeanParams {
  template <class Visitor>
  void visit(Visitor&) {}
};

class CategoryMean final : public Node {
 public:
  explicit CategoryMean(CategoryMeanParams) {}

  In<Images> training{this, "training", "images the means are taken over", kFits};
  In<Images> seen{this, "seen", "images the rows stand for; their ids and categories are used"};
  Out<Images> images{this, "images", "the mean image of its category, per seen image", "=seen"};

  void run(Context& ctx) override {
    const at::Tensor pixels = training->unit_range();
    std::map<int64_t, at::Tensor> means;
    std::vector<at::Tensor> rows;
    for (int64_t i = 0; i < seen->size(); ++i) {
      const auto category = seen->category[i].item<int64_t>();
      at::Tensor& mean = means[category];
      if (!mean.defined()) mean = mean_of(pixels, category, ctx);
      rows.push_back(mean);
    }
    images = Images{at::stack(rows), seen->image_id, seen->category, seen->id_space, seen->split};
  }

 private:
  at::Tensor mean_of(const at::Tensor& pixels, int64_t category, Context& ctx) const {
    const at::Tensor members = (training->category == category).nonzero().flatten();
    if (category >= 0 && members.numel() > 0) return pixels.index_select(0, members).mean(0);
    ctx.warn(category < 0 ? "seen images without a category take the mean of all training images"
                          : "no training image has category " + std::to_string(category) +
                                "; its rows take the mean of all");
    return pixels.mean(0);
  }
};

BGRAPH_NODE(CategoryMean, "analysis.category_mean")

}  // namespace bgraph::analysis

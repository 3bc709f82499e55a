// analysis.nearest_training_image: the training image whose features are nearest to the predicted ones.
//
//   argmax over training images t of  mean over layers of  r( predicted_l , features_l(t) )      r over all tokens
//
// Retrieval instead of reconstruction: a decoder that is no better only looks up what it has been trained on. The
// layers compared are those that both sides have. Ties go to the earlier training image. Lazy features of the training
// images are looked at batch by batch and never held.
//
//   [nodes.nearest]
//   type   = "analysis.nearest_training_image"
//   inputs = { predicted = "sem_pred.features", training = "sem_tokens", training_images = "brains.train_images" }

#include <bgraph/sdk/data/correlation.h>
#include <bgraph/sdk/node.h>
#include <bgraph/sdk/values/features_view.h>

#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <vector>

namespace bgraph::analysis {

struct NearestTrainingImageParams {
  template <class Visitor>
  void visit(Visitor&) {}
};

class NearestTrainingImage final : public Node {
 public:
  explicit NearestTrainingImage(NearestTrainingImageParams) {}

  In<Features> predicted{this, "predicted", "features decoded from responses, a row per image and subject"};
  In<Features> training{this, "training", "features of the training images, same network", kFits | kStored};
  In<Images> training_images{this, "training_images", "the training images themselves", kFits | kStored};
  Out<Images> images{this, "images", "the nearest training image, under the id of the seen one", "=predicted"};

  void run(Context& ctx) override {
    std::map<size_t, CorrelationWith> decoded;  // by layer of the training images
    for (size_t l = 0; l < training->layers.size(); ++l)
      for (const auto& layer : predicted->layers)
        if (layer.name == training->layers[l].name) decoded.emplace(l, CorrelationWith(layer.tokens));
    if (decoded.empty())
      throw Error("the predicted features and those of the training images share no layer",
                  "give features of the network whose tokens were predicted");
    const FeatureRows rows(ctx, *training);
    const int64_t block = training->in_memory() ? training->size() : training->view->batch;
    std::vector<at::Tensor> similarity;  // [M, T] in blocks of T, summed over layers
    for (int64_t begin = 0; begin < training->size(); begin += block) {
      ctx.stop_if_cancelled();
      std::vector<int64_t> which(static_cast<size_t>(std::min(block, training->size() - begin)));
      std::iota(which.begin(), which.end(), begin);
      const auto tokens = rows.tokens(which);
      at::Tensor sum;
      for (const auto& [l, correlation] : decoded) {
        const at::Tensor r = correlation(at::stack(tokens[l]).cpu());
        sum = sum.defined() ? sum + r : r;
      }
      similarity.push_back(sum);
    }
    const at::Tensor nearest = training->image_id.index_select(0, at::cat(similarity, 1).argmax(1));
    const Images found = training_images->select(rows_of(nearest)).opened(ctx);
    images = Images{found.pixels, predicted->image_id, found.category, predicted->id_space, predicted->split};
  }

 private:
  /// Rows of the training images with these ids.
  at::Tensor rows_of(const at::Tensor& ids) const {
    const at::Tensor order = training_images->image_id.argsort();
    const at::Tensor sorted = training_images->image_id.index_select(0, order).contiguous();
    const at::Tensor place = at::searchsorted(sorted, ids.contiguous()).clamp_max(sorted.size(0) - 1);
    const at::Tensor missing = ids.masked_select(sorted.index_select(0, place) != ids);
    if (missing.numel() > 0)
      throw Error("image " + std::to_string(missing[0].item<int64_t>()) + " has features but is not among the training images",
                  "give the images the features were made from");
    return order.index_select(0, place);
  }
};

BGRAPH_NODE(NearestTrainingImage, "analysis.nearest_training_image")

}  // namespace bgraph::analysis

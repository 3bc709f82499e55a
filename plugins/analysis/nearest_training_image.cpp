// analysis.nearest_training_image: the training image whose features are nearest to the predicted ones.
//
//   argmax over training images t of  mean over layers of  r( predicted_l , features_l(t) )      r over all tokens
//
// Retrieval instead of reconstruction: a decoder that is no better only looks up what it has been trained on. The
// layers compared are those that both sides have. Ties go to the earlier training image.
//
//   [nodes.nearest]
//   type   = "analysis.nearest_training_image"
//   inputs = { predicted = "sem_pred.features", training = "sem_tokens", training_images = "brains.train_images" }

#include <bgraph/sdk/data/correlation.h>
#include <bgraph/sdk/node.h>

#include <algorithm>

namespace bgraph::analysis {

struct NearestTrainingImageParams {
  template <class Visitor>
  void visit(Visitor&) {}
};

class NearestTrainingImage final : public Node {
 public:
  explicit NearestTrainingImage(NearestTrainingImageParams) {}

  In<Features> predicted{this, "predicted", "features decoded from responses, a row per image and subject"};
  In<Features> training{this, "training", "features of the training images, same network", kFits};
  In<Images> training_images{this, "training_images", "the training images themselves", kFits};
  Out<Images> images{this, "images", "the nearest training image, under the id of the seen one", "=predicted"};

  void run(Context&) override {
    at::Tensor similarity;  // [T, M] summed over layers
    for (const auto& layer : predicted->layers) {
      const auto other = std::find_if(training->layers.begin(), training->layers.end(),
                                      [&](const FeatureLayer& l) { return l.name == layer.name; });
      if (other == training->layers.end()) continue;
      const at::Tensor r = correlation_matrix(other->tokens, layer.tokens);
      similarity = similarity.defined() ? similarity + r : r;
    }
    if (!similarity.defined())
      throw Error("the predicted features and those of the training images share no layer",
                  "give features of the network whose tokens were predicted");
    const at::Tensor nearest = training->image_id.index_select(0, similarity.argmax(0));
    const Images found = training_images->select(rows_of(nearest));
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

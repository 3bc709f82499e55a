// analysis.copy_check: do the test images stand in the training data already?
//
// Reconstruction can be retrieval in disguise when test images lie on top of training images (Shirakawa et al. 2024,
// arXiv:2405.10078). One row per training set:
//
//   same_id          test images whose id occurs in the training set (of the same numbering)
//   same_pixels      test images with a training image equal to it, pixel by pixel
//   near_copies      test images with a training image within `bits` of its 64-bit difference hash that also
//                    correlates above `correlation` over pixels
//   nearest_r        mean over test images of the correlation with their nearest training image, in `space`
//   nearest_r_within the same of training images with their nearest other training image: what to expect of two
//                    images of this kind. nearest_r far above it means the splits are not independent
//
// `space` is pixels, or the features of both sides where given. With `predicted` features a further row has their
// effective dimension (sum l)^2 / sum l^2 over eigenvalues l of their covariance: a decoder that can only point to
// few places has few dimensions.
//
//   [nodes.copies]
//   type   = "analysis.copy_check"
//   names  = ["training", "external"]
//   inputs = { seen = "brains.test_images", training = ["brains.train_images", "brains.external_images"] }

#include "difference_hash.h"

#include <bgraph/sdk/data/correlation.h>
#include <bgraph/sdk/node.h>

namespace bgraph::analysis {

struct CopyCheckParams {
  std::vector<std::string> names;
  int64_t bits = 4;
  double correlation = 0.95;

  template <class Visitor>
  void visit(Visitor& field) {
    field("names", names, any(), "name of each training set, in order; empty = \"1\", \"2\", ...");
    field("bits", bits, between(0, 32), "hashes of at most this many different bits may be copies");
    field("correlation", correlation, between(0, 1), "correlation over pixels above which they are");
  }
};

class CopyCheck final : public Node {
 public:
  explicit CopyCheck(CopyCheckParams params) : params_(std::move(params)) {}

  In<Images> seen{this, "seen", "images that are scored"};
  InList<Images> training{this, "training", "images anything was trained on"};
  In<Features> predicted{this, "predicted", "features predicted for the scored images", kOptional};
  Out<Table> table{this, "table", "one row per training set", "=seen"};

  void run(Context& ctx) override {
    if (!params_.names.empty() && params_.names.size() != training.size())
      throw Error(std::to_string(params_.names.size()) + " names for " + std::to_string(training.size()) + " training sets");
    Table result{.title = "Copies of scored images in training data", .split = seen->split};
    result.column("images").column("same_id").column("same_pixels").column("near_copies");
    result.column("nearest_r").column("nearest_r_within").column("effective_dimension");
    for (size_t t = 0; t < training.size(); ++t) {
      ctx.stop_if_cancelled();
      const std::string name = params_.names.empty() ? std::to_string(t + 1) : params_.names[t];
      const double copies = compare(training[t], result.row(name));
      if (copies > 0) ctx.warn(std::to_string(static_cast<int64_t>(copies)) + " scored images stand in '" + name + "' too");
    }
    if (predicted.given()) result.row("predicted features").cells["effective_dimension"] = effective_dimension();
    result.notes.push_back("nearest_r: mean correlation over pixels with the nearest training image; _within: of training "
                           "images with their nearest other one (at most " + std::to_string(kWithin) + " of them).");
    table = std::move(result);
  }

 private:
  static constexpr int64_t kWithin = 500;  // training images compared with the others: enough for a mean

  double compare(const Images& known, Row& row) const {
    const at::Tensor test = seen->unit_range(), train = known.unit_range();
    if (test.sizes().slice(1) != train.sizes().slice(1))
      throw ShapeError("scored images are " + shape_text(test) + ", training images " + shape_text(train));
    const at::Tensor r = correlation_matrix(test, train);                                        // [N, T]
    const at::Tensor close = hamming_distance(difference_hash(test), difference_hash(train)) <= params_.bits;
    const at::Tensor nearest = r.argmax(1);
    const at::Tensor same = (test - train.index_select(0, nearest)).abs().flatten(1).amax(1) == 0;
    const at::Tensor copied = close.logical_and(r > params_.correlation).any(1).logical_or(same);
    const at::Tensor ids = at::isin(seen->image_id, known.image_id);
    const bool one_numbering = known.id_space == seen->id_space;
    const auto count = [](const at::Tensor& flags) { return flags.sum().to(at::kDouble).item<double>(); };
    row.cells["images"] = static_cast<double>(known.size());
    row.cells["same_id"] = one_numbering ? count(ids) : 0.0;
    row.cells["same_pixels"] = count(same);
    row.cells["near_copies"] = count(copied);
    row.cells["nearest_r"] = r.amax(1).mean().item<double>();
    if (known.size() > 1) {
      at::Tensor within = correlation_matrix(train.slice(0, 0, kWithin), train);
      within.fill_diagonal_(-1);
      row.cells["nearest_r_within"] = within.amax(1).mean().item<double>();
    }
    return count(one_numbering ? copied.logical_or(ids) : copied);
  }

  double effective_dimension() const {
    at::Tensor gram = at::zeros({predicted->size(), predicted->size()}, at::kDouble);
    for (const auto& layer : predicted->layers) {  // of all layers side by side
      const at::Tensor rows = layer.tokens.flatten(1).to(at::kDouble);
      const at::Tensor centred = rows - rows.mean(0, true);
      gram.addmm_(centred, centred.t());  // has the eigenvalues of the covariance
    }
    const double sum = gram.trace().item<double>(), squares = gram.square().sum().item<double>();
    return squares > 0 ? sum * sum / squares : 0;
  }

  CopyCheckParams params_;
};

BGRAPH_NODE(CopyCheck, "analysis.copy_check")

}  // namespace bgraph::analysis

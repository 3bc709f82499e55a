// Fitting the Universal Brain Encoder: batches, loss, validation. Shared by training and transfer.
//
// A batch is drawn from all subjects' samples; per image of it, `voxels_per_image` voxels of that image's
// subject are drawn with replacement (all measured ones where there are no more).
//
//   loss = MSE(predicted, measured) - cosine_weight * mean over images of cos(predicted, measured)
//
// cos runs over the drawn voxels. Training images are shifted by whole pixels, both axes uniform in
// [-shift_px, shift_px], the edge repeated.
//
// Without adapters and without shifts the backbone sees every image once: its tokens are kept in memory
// (up to 4 GiB), which is most of the cost at toy size.
//
// Source: Universal Brain Encoder (arXiv:2406.12179), training; form of the loss from its authors' release.
// Differs: images of one subject within a batch share their voxel draw (one attention product instead of one per
// image).
#pragma once

#include "recordings.h"
#include "universal_encoder.h"

#include <bgraph/sdk/context.h>
#include <bgraph/sdk/train/loop.h>

namespace bgraph::encoding {

struct FitParams {
  int64_t epochs = 30;
  int64_t batch = 32;
  int64_t voxels_per_image = 5000;
  double rate = 1e-3;
  double cosine_weight = 0.1;
  int64_t shift_px = 3;

  template <class Visitor>
  void visit(Visitor& field) {
    field("epochs", epochs, at_least(1), "passes over all samples, at most");
    field("batch", batch, at_least(1), "images per step");
    field("voxels_per_image", voxels_per_image, at_least(1), "voxels drawn per image and step");
    field("rate", rate, above(0), "learning rate of Adam (amsgrad)");
    field("cosine_weight", cosine_weight, at_least(0), "weight of the cosine in the loss");
    field("shift_px", shift_px, at_least(0), "largest shift of a training image, in pixels; 3 of 224 in the paper");
  }
};

/// The backbone's tokens of recorded images, remembered where they cannot change.
class TokenSource {
 public:
  TokenSource(UniversalEncoder& encoder, const Recordings& recordings, at::Device device, bool remember);
  /// Rows of Recordings::pixels, shifted if numbers are given to do so  ->  per layer [B, P, D]
  std::vector<at::Tensor> tokens(const at::Tensor& rows, int64_t shift_px = 0, Rng* shifting = nullptr);

 private:
  UniversalEncoder& encoder_;
  const Recordings& recordings_;
  at::Device device_;
  std::vector<at::Tensor> remembered_;  // per layer [M, P, D]; empty = not
};

/// Responses of every voxel to every recorded image, per subject [N, V].
std::vector<at::Tensor> predict(UniversalEncoder& encoder, TokenSource& source, const Recordings& recordings,
                                const at::Tensor& table);

/// Trains table [V, E] (in place), and the shared weights too if asked. `validation` may be null; it is
/// scored by the 75th percentile of the voxels' correlations. Voxels with NaN are counted and warned about.
TrainReport fit(Context& ctx, UniversalEncoder& encoder, at::Tensor& table, bool shared_weights,
                const Recordings& training, const Recordings* validation, const FitParams& params,
                Schedule& schedule);

/// The rows of measured voxels; the others, which were never fitted, are zero and so are their predictions.
at::Tensor only_measured(const at::Tensor& rows, const Recordings& training);

/// The encoder a model describes. Error if it is another component than encoding.universal.
std::shared_ptr<UniversalEncoder> universal(Context& ctx, const Model& model);

/// Scores per subject on the measured voxels, as a table.
Table score(UniversalEncoder& encoder, const at::Tensor& table, const Recordings& recordings, const Voxels& voxels,
            at::Device device);

}  // namespace bgraph::encoding

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
  std::string measured = "held";

  template <class Visitor>
  void visit(Visitor& field) {
    field("epochs", epochs, at_least(1), "passes over all samples, at most");
    field("batch", batch, at_least(1), "images per step");
    field("voxels_per_image", voxels_per_image, at_least(1), "voxels drawn per image and step");
    field("rate", rate, above(0), "learning rate of Adam (amsgrad)");
    field("cosine_weight", cosine_weight, at_least(0), "weight of the cosine in the loss");
    field("shift_px", shift_px, at_least(0), "largest shift of a training image, in pixels; 3 of 224 in the paper");
    field("measured", measured, operational(one_of({"held", "drawn"})),
          "training responses that stay in files: all read first and held, or those of each step, a step ahead");
  }
};

/// The backbone's tokens of recorded images, remembered where they cannot change.
class RecordedTokens {
 public:
  RecordedTokens(Context& ctx, UniversalEncoder& encoder, const Recordings& recordings, bool remember);
  /// Rows of Recordings::images  ->  per layer [B, P, D]
  std::vector<at::Tensor> tokens(const at::Tensor& rows);
  /// Of these pictures [B, 3, H, W], shifted if numbers are given to do so.
  std::vector<at::Tensor> tokens_of(at::Tensor pictures, int64_t shift_px = 0, Rng* shifting = nullptr);
  bool remembered() const { return !remembered_.empty(); }

 private:
  Context& ctx_;
  UniversalEncoder& encoder_;
  const Recordings& recordings_;
  std::vector<at::Tensor> remembered_;  // per layer [M, P, D]; empty = not
};

/// Responses of every voxel to every recorded image, per subject [N, V].
std::vector<at::Tensor> predict(UniversalEncoder& encoder, RecordedTokens& source, const Recordings& recordings,
                                const at::Tensor& table);

/// What a fit is made of: repeats averaged, responses in files left there if they are drawn.
Recordings training_recordings(Context& ctx, std::vector<Betas> betas, const std::vector<Images>& images, const Voxels& voxels,
                               const FitParams& params);

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
Table score(Context& ctx, UniversalEncoder& encoder, const at::Tensor& table, const Recordings& recordings, const Voxels& voxels);

}  // namespace bgraph::encoding

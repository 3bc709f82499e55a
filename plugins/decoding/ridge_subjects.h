// The ridge baseline, subject by subject: what decoding.ridge (pixels) and decoding.ridge_tokens share.
#pragma once

#include <bgraph/sdk/context.h>
#include <bgraph/sdk/params.h>
#include <bgraph/sdk/values/betas.h>
#include <bgraph/sdk/values/table.h>

#include <functional>

namespace bgraph::decoding {

struct RidgeParams {
  std::vector<double> penalties = {0.01, 0.03, 0.1, 0.3, 1, 3, 10};
  int64_t folds = 5;
  bool average = true;

  template <class Visitor>
  void visit(Visitor& field) {
    field("penalties", penalties, above(0), "penalties to choose from, in mean eigenvalues of the responses' scatter");
    field("folds", folds, at_least(2), "folds of the choice; all trials of an image share one");
    field("average", average, any(), "average the repeats of an image before decoding it");
  }
};

struct RidgeDecoding {
  at::Tensor outputs;   // [M, T], subject after subject
  at::Tensor image_id;  // [M]
  at::Tensor subject;   // [M] index among the subjects of the scored betas
  Table choice;         // a row per subject: penalty, explained variance of held-out folds
};

/// target_of(ids [N], subject's name)  ->  [N, T] float32. Subjects are matched by name; NaN betas count as their
/// voxel's training mean, with a warning. Errors: a scored subject without training trials, other voxels.
RidgeDecoding decode_by_ridge(const Betas& train, const Betas& scored, const RidgeParams& params,
                              const std::function<at::Tensor(const at::Tensor&, const std::string&)>& target_of,
                              Context& ctx);

}  // namespace bgraph::decoding

// The samples of one subject, wherever its responses are: single trials, or means over the repeats of an image.
//
//   ResponseRows rows({subject}, /*averaged=*/true);
//   rows.samples().image_id                            // which image each sample is of
//   rows.read(ctx, at::tensor({3, 17}))                // [2, V] float32; of stored responses only these trials are read
//
// A sample read by itself is bit for bit that of average_repeats() over everything: a mean does not depend on its neighbours.
#pragma once

#include <bgraph/sdk/values/betas.h>

#include <vector>

namespace bgraph {

class Context;

class ResponseRows {
 public:
  /// `parts`: trials of one subject and its voxels, one after the other; repeats of an image are averaged over all parts.
  ResponseRows(std::vector<SubjectBetas> parts, bool averaged);

  /// Ids, repeats and sessions of the samples; sizes instead of responses (the meta device).
  const SubjectBetas& samples() const { return samples_; }
  const at::Tensor& trial_image_id() const { return trial_image_id_; }  // of the trials before averaging

  /// Error if a file is missing or changed. For several threads at once.
  at::Tensor read(Context& ctx, const at::Tensor& index) const;

  /// What one pass over all samples finds.
  struct Measured {
    int64_t missing = 0;  // numbers that are NaN
    at::Tensor any, all;  // [V] bool: voxels measured in some sample, in every sample
  };
  Measured measured(Context& ctx) const;

 private:
  at::Tensor trials(Context& ctx, const std::vector<int64_t>& rows) const;

  std::vector<SubjectBetas> parts_;
  std::vector<std::vector<int64_t>> rows_;  // trials of each sample, counted over all parts; empty = sample is trial
  at::Tensor trial_image_id_;
  SubjectBetas samples_;
};

}  // namespace bgraph

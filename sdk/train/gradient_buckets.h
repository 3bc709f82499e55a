// Gradients of several ranks, averaged while backward() still goes on.
//
//   GradientBuckets buckets(ranks, adam.parameters(), adam.gradients());
//   buckets.expect();         // the next backward() is the last of this step: earlier ones only accumulate
//   loss.backward();          // a bucket is on its way as soon as the last of its parameters has its gradient
//   buckets.finish();         // waits for all; a parameter that got no gradient counts as zero
//
// A bucket is a slice of the optimiser's one gradient buffer: nothing is copied. Sums must start in the same order on
// every rank: from the end of the buffer in the first step, then in the order in which they became ready on rank 0.
// Alone it does nothing.
#pragma once

#include <bgraph/sdk/train/adam.h>
#include <bgraph/sdk/train/ranks.h>

#include <functional>
#include <vector>

namespace bgraph {

class GradientBuckets {
 public:
  /// `parameters` with their gradients inside `buffer`, as Adam lays them out.
  GradientBuckets(const Ranks& ranks, const NamedTensors& parameters, const at::Tensor& buffer,
                  int64_t numbers_per_bucket = int64_t{1} << 20);
  ~GradientBuckets();
  GradientBuckets(const GradientBuckets&) = delete;
  GradientBuckets& operator=(const GradientBuckets&) = delete;

  void expect();
  void finish();
  /// How many were under way before backward() was over, in the last step.
  int64_t overlapped() const { return overlapped_; }
  int64_t size() const;

 private:
  struct State;
  std::unique_ptr<State> state_;  // the hooks point to it
  int64_t overlapped_ = 0;
};

}  // namespace bgraph

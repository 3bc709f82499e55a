// What a node is told of a walk down the noise levels, and the Sampling that a backend or a refiner takes for it.
#pragma once

#include <bgraph/sdk/components/sampling.h>
#include <bgraph/sdk/context.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/params.h>

#include <string>

namespace bgraph::diffusion {

struct SamplingParams {
  int64_t steps = 20;
  int64_t start_index = 8;
  double guidance = 3.0;

  template <class Visitor>
  void visit(Visitor& field) {
    field("steps", steps, between(1, 1000), "length of the whole noise schedule");
    field("start_index", start_index, at_least(0), "steps of it that are skipped where there is an image to start from");
    field("guidance", guidance, at_least(0), "scale of classifier-free guidance, 1 = none");
  }

  /// Error unless a walk from an image has a step to take.
  void require_steps_left() const {
    if (start_index >= steps)
      throw Error("start_index is " + std::to_string(start_index) + ", expected less than steps = " + std::to_string(steps));
  }

  /// The walk of part `part` of `parts` equal parts of the node's work, which begins at step `first`: tells how far the node is
  /// and heeds a wish to stop.
  Sampling walk(Context& ctx, int64_t first, int64_t part, int64_t parts) const {
    const int64_t left = steps - first;
    return {steps, start_index, guidance, [&ctx, first, left, part, parts](int64_t step, const at::Tensor&) {
              ctx.stop_if_cancelled();
              ctx.progress(part * left + step - first + 1, parts * left);
            }};
  }
};

}  // namespace bgraph::diffusion

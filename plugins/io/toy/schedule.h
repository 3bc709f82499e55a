// Which image is shown when: sessions, runs, trials.
//
// All presentations of a subject (private images `repeats` times, shared images `shared_repeats` times) come in one
// random order, cut into sessions of equal length (to one trial) and these into runs. Repeats of an image therefore
// lie in different runs and sessions, as in NSD.
#pragma once

#include <ATen/core/Tensor.h>
#include <bgraph/sdk/data/rng.h>

namespace bgraph::toy {

struct Schedule {
  at::Tensor image;    // [T] int64: private images first, then the shared ones
  at::Tensor repeat;   // [T] int64 from 0, in order of presentation
  at::Tensor session;  // [T] int64 from 0
  at::Tensor run;      // [T] int64 from 0, counted over all sessions

  int64_t trials() const { return image.size(0); }
};

Schedule make_schedule(Rng& rng, int64_t private_images, int64_t repeats, int64_t shared_images,
                       int64_t shared_repeats, int64_t sessions, int64_t runs_per_session);

}  // namespace bgraph::toy

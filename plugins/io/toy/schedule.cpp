#include "toy/schedule.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros.h>

namespace bgraph::toy {

Schedule make_schedule(Rng& rng, int64_t private_images, int64_t repeats, int64_t shared_images,
                       int64_t shared_repeats, int64_t sessions, int64_t runs_per_session) {
  const auto longs = at::TensorOptions().dtype(at::kLong);
  const at::Tensor shown =
      at::cat({at::arange(private_images, longs).repeat({repeats}),
               at::arange(private_images, private_images + shared_images, longs).repeat({shared_repeats})});
  Schedule schedule;
  schedule.image = shown.index_select(0, rng.permutation(shown.size(0)));
  const int64_t trials = schedule.trials(), runs = sessions * runs_per_session;
  const at::Tensor place = at::arange(trials, longs);
  schedule.run = (place * runs).div(trials, "floor");
  schedule.session = schedule.run.div(runs_per_session, "floor");
  schedule.repeat = at::empty_like(schedule.image);
  at::Tensor seen = at::zeros({private_images + shared_images}, longs);
  const int64_t* image = schedule.image.data_ptr<int64_t>();
  for (int64_t t = 0; t < trials; ++t)
    schedule.repeat.data_ptr<int64_t>()[t] = seen.data_ptr<int64_t>()[image[t]]++;
  return schedule;
}

}  // namespace bgraph::toy

#include "measured_trials.h"

#include "image_rows.h"

#include <bgraph/sdk/contract/error.h>
#include <torch/types.h>

namespace bgraph::decoding {

at::Tensor flat_grey(const Images& images) { return images.unit_range().mean(1).flatten(1).to(at::kDouble); }

MeasuredTrials measured_trials(const Betas& betas, const Images& images, const Betas& scored, Context& ctx) {
  if (betas.subjects.size() != 1 || scored.subjects.size() != 1)
    throw Error("this decoder reads one subject, found " + std::to_string(betas.subjects.size()) + " in 'betas' and " +
                std::to_string(scored.subjects.size()) + " in 'scored'");
  const auto &train = betas.subjects.front(), &test = scored.subjects.front();
  if (train.voxels() != test.voxels())
    throw Error("'betas' have " + std::to_string(train.voxels()) + " voxels, 'scored' have " +
                    std::to_string(test.voxels()),
                "take both from one data node");
  const at::Tensor bad = train.betas.isnan().any(0).logical_or(test.betas.isnan().any(0));
  const auto left_out = bad.sum().item<int64_t>();
  if (left_out > 0) ctx.warn(std::to_string(left_out) + " voxels with NaN are left out");
  const at::Tensor used = bad.logical_not().nonzero().flatten();
  const ImageRows rows(images.image_id, "images");
  return {train.betas.index_select(1, used).to(at::kDouble),
          flat_grey(images).index_select(0, rows.rows_of(train.image_id, train.subject)),
          test.betas.index_select(1, used).to(at::kDouble), test.image_id};
}

Images decoded_images(const at::Tensor& flat, const Images& like, const at::Tensor& image_id, const Betas& scored) {
  const at::Tensor pixels = flat.clamp(0, 1).to(at::kFloat).reshape({-1, 1, like.pixels.size(2), like.pixels.size(3)});
  return {pixels.expand({-1, 3, -1, -1}).contiguous(), image_id, at::full_like(image_id, -1), scored.id_space,
          scored.split};
}

std::vector<std::pair<at::Tensor, at::Tensor>> inner_folds(int64_t trials, int64_t folds, Rng rng) {
  const at::Tensor order = rng.permutation(trials), turn = at::arange(trials).remainder(folds);
  std::vector<std::pair<at::Tensor, at::Tensor>> divisions;
  for (int64_t fold = 0; fold < folds; ++fold)
    divisions.emplace_back(order.masked_select(turn.ne(fold)), order.masked_select(turn.eq(fold)));
  return divisions;
}

}  // namespace bgraph::decoding

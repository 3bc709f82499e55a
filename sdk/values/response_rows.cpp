#include <bgraph/sdk/values/response_rows.h>

#include <bgraph/sdk/context.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/values/stored_rows.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

namespace bgraph {

namespace {

at::Tensor joined(const std::vector<SubjectBetas>& parts, at::Tensor SubjectBetas::* column) {
  std::vector<at::Tensor> all;
  for (const auto& part : parts) all.push_back(part.*column);
  return all.size() == 1 ? all.front().contiguous() : at::cat(all);
}

at::Tensor sizes_of(int64_t rows, int64_t voxels) {
  return at::empty({rows, voxels}, at::TensorOptions().dtype(at::kFloat).device(at::kMeta));
}

}  // namespace

ResponseRows::ResponseRows(std::vector<SubjectBetas> parts, bool averaged)
    : parts_(std::move(parts)), trial_image_id_(joined(parts_, &SubjectBetas::image_id)) {
  const SubjectBetas& first = parts_.front();
  samples_ = {first.subject, first.first_voxel, {}, trial_image_id_, joined(parts_, &SubjectBetas::repeat), joined(parts_, &SubjectBetas::session)};
  if (averaged) {
    RepeatsOfImages repeats = repeats_of_images(trial_image_id_);
    rows_ = std::move(repeats.rows);
    samples_.image_id = repeats.image_id;
    samples_.repeat = samples_.session = at::full_like(repeats.image_id, -1);
  }
  samples_.betas = sizes_of(samples_.image_id.numel(), first.voxels());
}

at::Tensor ResponseRows::read(Context& ctx, const at::Tensor& index) const {
  const at::Tensor wanted = index.contiguous();
  const int64_t* sample = wanted.data_ptr<int64_t>();
  if (rows_.empty()) return trials(ctx, {sample, sample + wanted.numel()});
  std::vector<int64_t> rows;
  for (int64_t i = 0; i < wanted.numel(); ++i) {
    const auto& own = rows_.at(static_cast<size_t>(sample[i]));
    rows.insert(rows.end(), own.begin(), own.end());
  }
  const at::Tensor read = trials(ctx, rows);
  at::Tensor means = at::empty({wanted.numel(), read.size(1)}, at::kFloat);
  for (int64_t i = 0, first = 0; i < wanted.numel(); ++i) {
    const auto count = static_cast<int64_t>(rows_[static_cast<size_t>(sample[i])].size());
    means.select(0, i).copy_(read.narrow(0, first, count).nanmean(0));
    first += count;
  }
  return means;
}

/// Rows counted over all parts, in this order.   [n, V]
at::Tensor ResponseRows::trials(Context& ctx, const std::vector<int64_t>& rows) const {
  if (parts_.size() == 1) return responses(ctx, parts_.front(), at::tensor(rows, at::kLong));
  at::Tensor found = at::empty({static_cast<int64_t>(rows.size()), samples_.voxels()}, at::kFloat);
  int64_t begin = 0;
  for (const auto& part : parts_) {
    std::vector<int64_t> own, place;
    for (size_t i = 0; i < rows.size(); ++i)
      if (rows[i] >= begin && rows[i] < begin + part.trials()) own.push_back(rows[i] - begin), place.push_back(static_cast<int64_t>(i));
    if (!own.empty()) found.index_copy_(0, at::tensor(place, at::kLong), responses(ctx, part, at::tensor(own, at::kLong)));
    begin += part.trials();
  }
  return found;
}

ResponseRows::Measured ResponseRows::measured(Context& ctx) const {
  constexpr int64_t kSamplesAtOnce = 512;
  const int64_t count = samples_.trials(), voxels = samples_.voxels();
  Measured found{.any = at::zeros({voxels}, at::kBool), .all = at::ones({voxels}, at::kBool)};
  for (int64_t begin = 0; begin < count; begin += kSamplesAtOnce) {
    ctx.stop_if_cancelled();
    const at::Tensor missing = read(ctx, at::arange(begin, std::min(count, begin + kSamplesAtOnce), at::kLong)).isnan();
    found.missing += missing.sum().item<int64_t>();
    found.any.logical_or_(missing.all(0).logical_not());
    found.all.logical_and_(missing.any(0).logical_not());
  }
  return found;
}

}  // namespace bgraph

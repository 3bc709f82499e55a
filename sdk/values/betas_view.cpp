#include <bgraph/sdk/values/betas_view.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/values/tensor.h>
#include <torch/types.h>

#include <algorithm>

namespace bgraph {

namespace {

void check_rows(const VoxelTable& table, const Voxels& voxels) {
  if (table.rows.size(0) != voxels.size())
    throw ShapeError("the voxel table is " + shape_text(table.rows) + ", but there are " +
                         std::to_string(voxels.size()) + " voxels",
                     "take 'table' and 'voxels' from the same training");
}

/// Responses [N, V] of all subjects, cut into theirs.
Betas by_subject(const at::Tensor& responses, const Images& images, const Voxels& voxels) {
  Betas betas{.id_space = images.id_space, .split = images.split, .predicted = true};
  const auto none = at::full({images.size()}, -1, at::kLong);
  for (size_t s = 0; s < voxels.subjects.size(); ++s) {
    const auto index = static_cast<int64_t>(s);
    const int64_t first = voxels.first_voxel(index), count = voxels.voxel_count(index);
    betas.subjects.push_back({voxels.subjects[s], first, responses.narrow(1, first, count).contiguous(),
                              images.image_id, none, none});
  }
  return betas;
}

template <class T>
T opened(Context& ctx, const std::string& digest) {
  return T::from_value(*ctx.open(Digest::from_hex(digest)));
}

}  // namespace

Betas predicted_betas(Context& ctx, Encoder& encoder, const VoxelTable& table, const Images& images,
                      const Voxels& voxels, int64_t batch) {
  check_rows(table, voxels);
  const at::NoGradGuard guard;
  const auto rows = table.rows.to(ctx.device());
  std::vector<at::Tensor> parts;  // [batch, V] of all subjects
  for (int64_t begin = 0; begin < images.size(); begin += batch) {
    ctx.stop_if_cancelled();
    const int64_t end = std::min(images.size(), begin + batch);
    parts.push_back(encoder.forward(images.unit_range(ctx, at::arange(begin, end, at::kLong)).to(ctx.device()), rows).cpu());
    ctx.progress(end, images.size());
  }
  return by_subject(at::cat(parts), images, voxels);
}

PredictedRows::PredictedRows(Context& ctx, const Betas& betas) : ctx_(ctx), device_(ctx.device()) {
  if (betas.views.empty()) throw Error("these responses are no view");
  const auto& view = betas.views.front();
  encoder_ = ctx.build<Encoder>(opened<Model>(ctx, view.encoder));
  table_ = opened<VoxelTable>(ctx, view.table);
  images_ = opened<Images>(ctx, view.images);
  batch_ = view.batch;
  const auto voxels = opened<Voxels>(ctx, view.voxels);
  check_rows(table_, voxels);
  table_.rows = table_.rows.to(device_);
  const auto sizes = at::TensorOptions().dtype(at::kFloat).device(at::kMeta);
  trials_ = by_subject(at::empty({images_.size(), voxels.size()}, sizes), images_, voxels);
}

at::Tensor PredictedRows::rows(size_t subject, const std::vector<int64_t>& rows) {
  const at::NoGradGuard guard;
  const auto& whose = trials_.subjects.at(subject);
  const at::Tensor own = table_.rows.narrow(0, whose.first_voxel, whose.voxels());
  std::vector<at::Tensor> parts;
  for (size_t begin = 0; begin < rows.size(); begin += static_cast<size_t>(batch_)) {
    const size_t end = std::min(rows.size(), begin + static_cast<size_t>(batch_));
    const at::Tensor some = at::tensor(at::IntArrayRef(rows).slice(begin, end - begin), at::kLong);
    parts.push_back(encoder_->forward(images_.unit_range(ctx_, some).to(device_), own).cpu());
  }
  evaluated_ += static_cast<int64_t>(rows.size());
  return at::cat(parts);
}

Betas materialized(Context& ctx, const Betas& betas) {
  if (betas.in_memory()) return betas;
  if (betas.views.empty()) return betas.opened(ctx);
  const auto& view = betas.views.front();
  const auto encoder = ctx.build<Encoder>(opened<Model>(ctx, view.encoder));
  return predicted_betas(ctx, *encoder, opened<VoxelTable>(ctx, view.table), opened<Images>(ctx, view.images),
                         opened<Voxels>(ctx, view.voxels), view.batch);
}

}  // namespace bgraph

#include <bgraph/sdk/values/betas_view.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/values/tensor.h>
#include <torch/types.h>

#include <algorithm>

namespace bgraph {

Betas predicted_betas(Context& ctx, Encoder& encoder, const VoxelTable& table, const Images& images,
                      const Voxels& voxels, int64_t batch) {
  if (table.rows.size(0) != voxels.size())
    throw ShapeError("the voxel table is " + shape_text(table.rows) + ", but there are " +
                         std::to_string(voxels.size()) + " voxels",
                     "take 'table' and 'voxels' from the same training");
  const at::NoGradGuard guard;
  const auto rows = table.rows.to(ctx.device());
  std::vector<at::Tensor> parts;  // [batch, V] of all subjects
  for (int64_t begin = 0; begin < images.size(); begin += batch) {
    ctx.stop_if_cancelled();
    const int64_t end = std::min(images.size(), begin + batch);
    parts.push_back(encoder.forward(images.rows(begin, end).unit_range().to(ctx.device()), rows).cpu());
    ctx.progress(end, images.size());
  }
  const auto responses = at::cat(parts);  // [N, V]

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

Betas materialized(Context& ctx, const Betas& betas) {
  if (betas.in_memory()) return betas;
  if (betas.views.empty()) return betas.opened(ctx);
  const auto& view = betas.views.front();
  const auto opened = [&](const std::string& hex) { return ctx.open(Digest::from_hex(hex)); };
  const auto encoder = ctx.build<Encoder>(Model::from_value(*opened(view.encoder)));
  return predicted_betas(ctx, *encoder, VoxelTable::from_value(*opened(view.table)),
                         Images::from_value(*opened(view.images)), Voxels::from_value(*opened(view.voxels)),
                         view.batch);
}

}  // namespace bgraph

#include <bgraph/sdk/values/stored_rows.h>

#include <bgraph/sdk/context.h>

#include <ATen/ops/empty.h>
#include <ATen/ops/searchsorted.h>

#include <algorithm>

namespace bgraph {

namespace {

std::span<const int64_t> as_span(const at::Tensor& index) {
  return {index.data_ptr<int64_t>(), static_cast<size_t>(index.numel())};
}

}  // namespace

int64_t StoredRows::voxels() const {
  int64_t total = 0;
  for (const auto& part : parts) total += part.column.numel();
  return total;
}

StoredRows StoredRows::select(const at::Tensor& index) const {
  StoredRows some = *this;
  some.row = row.index_select(0, index);
  if (group.defined()) some.group = group.index_select(0, index);
  return some;
}

StoredRows StoredRows::columns(const at::Tensor& index) const {
  StoredRows some = *this;
  int64_t first = 0;
  for (auto& part : some.parts) {
    const int64_t count = part.column.numel();
    const at::Tensor own = index.masked_select(index.ge(first).logical_and(index.lt(first + count))) - first;
    part.column = part.column.index_select(0, own);
    first += count;
  }
  if (mean.defined()) some.mean = mean.index_select(1, index), some.sd = sd.index_select(1, index);
  return some;
}

at::Tensor StoredRows::read(Context& ctx, const at::Tensor& index) const {
  const at::Tensor wanted = row.index_select(0, index).contiguous();  // [n] over all blocks
  const at::Tensor order = wanted.argsort().contiguous();             // files are read front to back, each once
  const at::Tensor sorted = wanted.index_select(0, order).contiguous();
  const auto rows = as_span(sorted);
  at::Tensor found = at::empty({wanted.numel(), voxels()}, at::kFloat);
  int64_t first_voxel = 0;
  for (const auto& part : parts) {
    const at::Tensor column = part.column.contiguous();
    int64_t first_row = 0;
    for (const auto& block : part.blocks) {
      const auto begin = std::lower_bound(rows.begin(), rows.end(), first_row);
      const auto end = std::lower_bound(begin, rows.end(), first_row + block.rows());
      if (begin != end) {
        ctx.stop_if_cancelled();
        std::vector<int64_t> inside(begin, end);
        for (auto& r : inside) r -= first_row;
        float* out = found.data_ptr<float>() + (begin - rows.begin()) * voxels() + first_voxel;
        files->open(ctx, block)->gather(inside, as_span(column), out, voxels());
      }
      first_row += block.rows();
    }
    if (!rows.empty() && rows.back() >= first_row)
      throw Error("the stored rows end at " + std::to_string(first_row) + ", row " + std::to_string(rows.back()) + " is asked for");
    first_voxel += column.numel();
  }
  if (mean.defined()) {
    const at::Tensor groups = group.index_select(0, index).index_select(0, order);
    found.sub_(mean.index_select(0, groups)).div_(sd.index_select(0, groups));
  }
  at::Tensor back = at::empty_like(order);
  back.index_copy_(0, order, at::arange(order.numel(), at::kLong));
  return found.index_select(0, back);
}

void StoredRows::write_to(const std::string& prefix, Json& meta, std::map<std::string, at::Tensor>& tensors) const {
  meta["parts"] = Json::array();
  for (size_t p = 0; p < parts.size(); ++p) {
    Json blocks = Json::array();
    for (const auto& block : parts[p].blocks) blocks.push_back(to_json(block));
    meta["parts"].push_back(blocks);
    tensors[prefix + "column" + std::to_string(p)] = parts[p].column;
  }
  tensors[prefix + "row"] = row;
  if (group.defined()) tensors[prefix + "group"] = group;
  if (mean.defined()) tensors[prefix + "mean"] = mean, tensors[prefix + "sd"] = sd;
}

StoredRows StoredRows::read_from(const std::string& prefix, const Json& meta, const std::map<std::string, at::Tensor>& tensors) {
  const auto given = [&](const std::string& name) {
    const auto found = tensors.find(prefix + name);
    return found == tensors.end() ? at::Tensor() : found->second;
  };
  StoredRows stored{.row = tensors.at(prefix + "row"), .group = given("group"), .mean = given("mean"), .sd = given("sd")};
  size_t number = 0;
  for (const auto& blocks : meta.at("parts")) {
    Part part{.column = tensors.at(prefix + "column" + std::to_string(number++))};
    for (const auto& block : blocks) part.blocks.push_back(array_ref_from_json(block));
    stored.parts.push_back(std::move(part));
  }
  return stored;
}

at::Tensor responses(Context& ctx, const SubjectBetas& subject, const at::Tensor& index) {
  return subject.stored ? subject.stored->read(ctx, index) : subject.betas.index_select(0, index).to(at::kFloat);
}

}  // namespace bgraph

#include <bgraph/sdk/values/images.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/data/pictures.h>
#include <bgraph/sdk/values/stored_pixels.h>
#include <bgraph/sdk/values/tensor.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>

#include <algorithm>

namespace bgraph {

Images Images::opened(Context& ctx) const {
  if (!stored) return *this;
  Images read = *this;
  read.pixels = stored->read(ctx, at::arange(size(), at::kLong));
  read.stored = nullptr;
  return read;
}

at::Tensor Images::unit_range() const {
  if (stored) throw Error("these pictures are still in their file", "open them first");
  return bgraph::unit_range(pixels);
}

at::Tensor Images::unit_range(Context& ctx, const at::Tensor& index) const {
  return bgraph::unit_range(stored ? stored->read(ctx, index) : pixels.index_select(0, index));
}

Images Images::rows(int64_t begin, int64_t end) const {
  Images some = *this;
  if (stored) some.stored = std::make_shared<StoredPixels>(stored->select(at::arange(begin, std::min(end, size()), at::kLong)));
  else some.pixels = pixels.slice(0, begin, end);
  some.image_id = image_id.slice(0, begin, end), some.category = category.slice(0, begin, end);
  return some;
}

Images Images::select(const at::Tensor& index) const {
  Images some = *this;
  if (stored) some.stored = std::make_shared<StoredPixels>(stored->select(index));
  else some.pixels = pixels.index_select(0, index);
  some.image_id = image_id.index_select(0, index), some.category = category.index_select(0, index);
  return some;
}

Images Images::concat(const std::vector<Images>& parts) {
  Images whole = parts.front();
  std::vector<at::Tensor> pixels, ids, categories, rows;
  for (const auto& part : parts) {
    if (part.id_space != whole.id_space)
      throw Error("images numbered in '" + whole.id_space + "' and in '" + part.id_space + "' cannot be joined");
    if (part.in_memory() != whole.in_memory() || (part.stored && !part.stored->same_but_rows(*whole.stored)))
      throw Error("pictures that stay in files cannot be joined with those of another file or size", "open them first");
    if (part.stored) rows.push_back(part.stored->row);
    else pixels.push_back(part.pixels);
    ids.push_back(part.image_id), categories.push_back(part.category);
  }
  whole.image_id = at::cat(ids), whole.category = at::cat(categories);
  if (!whole.stored) {
    whole.pixels = at::cat(pixels);
    return whole;
  }
  auto stored = std::make_shared<StoredPixels>(*whole.stored);
  stored->row = at::cat(rows);
  whole.stored = std::move(stored);
  return whole;
}

Value Images::to_value() const {
  if (!stored && (pixels.dim() != 4 || pixels.size(1) != 3))
    throw ShapeError("images are [N, 3, H, W], found " + shape_text(pixels));
  if (image_id.numel() != size() || category.numel() != size())
    throw ShapeError(std::to_string(size()) + " images, but image_id is " + shape_text(image_id) +
                     " and category is " + shape_text(category));
  Value value{.type = kType,
              .meta = {{"id_space", id_space}, {kSplit, split}, {kItems, size()}},
              .tensors = {{"image_id", image_id}, {"category", category}}};
  if (stored) stored->write_to(value.meta["stored"], value.tensors);
  else value.tensors["pixels"] = pixels;
  return value;
}

Images Images::from_value(const Value& value) {
  Images images{{}, value.tensors.at("image_id"), value.tensors.at("category"), value.meta.at("id_space"), value.meta.at(kSplit)};
  if (value.meta.contains("stored")) images.stored = std::make_shared<StoredPixels>(StoredPixels::read_from(value.meta.at("stored"), value.tensors));
  else images.pixels = value.tensors.at("pixels");
  return images;
}

}  // namespace bgraph

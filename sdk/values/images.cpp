#include <bgraph/sdk/values/images.h>

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/values/tensor.h>

#include <ATen/ops/cat.h>

namespace bgraph {

at::Tensor Images::unit_range() const {
  return pixels.scalar_type() == at::kByte ? pixels.to(at::kFloat).div_(255.0) : pixels.to(at::kFloat);
}

Images Images::rows(int64_t begin, int64_t end) const {
  return {pixels.slice(0, begin, end), image_id.slice(0, begin, end), category.slice(0, begin, end),
          id_space, split};
}

Images Images::select(const at::Tensor& index) const {
  return {pixels.index_select(0, index), image_id.index_select(0, index),
          category.index_select(0, index), id_space, split};
}

Images Images::concat(const std::vector<Images>& parts) {
  std::vector<at::Tensor> pixels, ids, categories;
  for (const auto& part : parts) {
    if (part.id_space != parts.front().id_space)
      throw Error("images numbered in '" + parts.front().id_space + "' and in '" + part.id_space +
                  "' cannot be joined");
    pixels.push_back(part.pixels), ids.push_back(part.image_id), categories.push_back(part.category);
  }
  return {at::cat(pixels), at::cat(ids), at::cat(categories), parts.front().id_space,
          parts.front().split};
}

Value Images::to_value() const {
  if (pixels.dim() != 4 || pixels.size(1) != 3)
    throw ShapeError("images are [N, 3, H, W], found " + shape_text(pixels));
  if (image_id.numel() != size() || category.numel() != size())
    throw ShapeError(std::to_string(size()) + " images, but image_id is " + shape_text(image_id) +
                     " and category is " + shape_text(category));
  return {.type = kType,
          .meta = {{"id_space", id_space}, {kSplit, split}, {kItems, size()}},
          .tensors = {{"pixels", pixels}, {"image_id", image_id}, {"category", category}}};
}

Images Images::from_value(const Value& value) {
  return {value.tensors.at("pixels"), value.tensors.at("image_id"), value.tensors.at("category"),
          value.meta.at("id_space"), value.meta.at(kSplit)};
}

}  // namespace bgraph

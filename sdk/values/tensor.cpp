#include <bgraph/sdk/values/tensor.h>

#include <ATen/ops/cat.h>

namespace bgraph {

Tensor Tensor::rows(int64_t begin, int64_t end) const { return {slice(0, begin, end), dims, unit}; }

Tensor Tensor::concat(const std::vector<Tensor>& parts) {
  std::vector<at::Tensor> data(parts.begin(), parts.end());
  return {at::cat(data), parts.front().dims, parts.front().unit};
}

Value Tensor::to_value() const {
  Value value{.type = kType, .meta = {{"dims", dims}, {"unit", unit}}};
  if (dim() > 0) value.meta[kItems] = size(0);
  value.tensors["data"] = *this;
  return value;
}

Tensor Tensor::from_value(const Value& value) {
  return {value.tensors.at("data"), value.meta.at("dims"), value.meta.at("unit")};
}

std::string shape_text(const at::Tensor& tensor) { return shape_text(tensor.sizes()); }

std::string shape_text(at::IntArrayRef sizes) {
  std::string text;
  for (const int64_t size : sizes) text += (text.empty() ? "" : ", ") + std::to_string(size);
  return "[" + text + "]";
}

}  // namespace bgraph

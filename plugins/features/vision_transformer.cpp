#include "vision_transformer.h"

#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/values/tensor.h>
#include <torch/types.h>

#include <algorithm>
#include <functional>

namespace bgraph::features {

namespace {

void must_divide(const char* part, int64_t by, const char* whole, int64_t size) {
  if (size % by != 0)
    throw Error(std::string(part) + " = " + std::to_string(by) + " does not divide " + whole + " = " +
                std::to_string(size));
}

at::Tensor per_channel(const char* name, const std::vector<double>& values) {
  if (values.size() != 3)
    throw Error(std::string(name) + " has " + std::to_string(values.size()) + " numbers, expected one per colour");
  return at::tensor(values, at::kFloat).view({3, 1, 1});
}

}  // namespace

VisionTransformer::VisionTransformer(VisionTransformerParams params, VisionTransformerKind kind)
    : blocks_(std::make_shared<ModuleList<TransformerBlock>>()), params_(std::move(params)), registers_(kind.registers),
      mean_(per_channel("mean", params_.mean)), sd_(per_channel("sd", params_.sd)) {
  must_divide("heads", params_.heads, "width", params_.width);
  must_divide("patch", params_.patch, "image_size", params_.image_size);
  std::vector<std::string> known;
  for (int64_t i = 1; i <= params_.depth; ++i) known.push_back("block" + std::to_string(i));
  known.insert(known.end(), kind.outputs.begin(), kind.outputs.end());
  if (params_.taps.empty()) throw Error("there is nothing to tap", "name one or more taps, e.g. \"" + known.back() + "\"");
  for (const auto& tap : params_.taps) {
    const auto found = std::find(known.begin(), known.end(), tap);
    if (found == known.end()) throw Error("there is no tap '" + tap + "'", did_you_mean(tap, known));
    after_.push_back(found - known.begin() + 1);
  }
  if (std::adjacent_find(after_.begin(), after_.end(), std::greater_equal<>()) != after_.end())
    throw Error("taps must stand in the network's order, each once");
  kind.block.width = params_.width, kind.block.heads = params_.heads, kind.block.mlp_ratio = params_.mlp_ratio;
  for (int64_t i = 0; i < params_.depth; ++i) blocks_->add(std::make_shared<TransformerBlock>(kind.block));
}

void VisionTransformer::check(const at::Tensor& images) const {
  if (images.dim() == 4 && images.size(1) == 3 && fits(images.size(2), images.size(3))) return;
  const std::string side = std::to_string(params_.image_size);
  throw ShapeError("images are " + shape_text(images) + ", expected [B, 3, " + side + ", " + side + "]",
                   "resize the images first, or set image_size");
}

bool VisionTransformer::fits(int64_t height, int64_t width) const {
  return height == params_.image_size && width == params_.image_size;
}

at::Tensor VisionTransformer::in_own_units(const at::Tensor& images) const {
  const auto own = (images - mean_.to(images.options())) / sd_.to(images.options());
  return own.to((*blocks_)[0].norm1->weight.options());
}

at::Tensor VisionTransformer::without_registers(const at::Tensor& x) const {
  if (registers_ == 0) return x;
  return at::cat({x.slice(1, 0, 1), x.slice(1, 1 + registers_)}, 1);
}

std::vector<TokenGrid> VisionTransformer::forward(const at::Tensor& images, const BlockHook& after_block) {
  check(images);
  const int64_t height = images.size(2) / params_.patch, width = images.size(3) / params_.patch;
  std::vector<TokenGrid> grids;
  at::Tensor x = embed(in_own_units(images));
  for (int64_t i = 0; i < blocks_used(); ++i) {
    const auto inside = [&](const at::Tensor& input, const at::Tensor& output) { return hook_(i, input, output); };
    x = (*blocks_)[static_cast<size_t>(i)](x, hook_ ? bgraph::ProjectionHook(inside) : bgraph::ProjectionHook());
    if (after_block) x = after_block(i, x);
    if (grids.size() < after_.size() && after_[grids.size()] == i + 1)
      grids.push_back({params_.taps[grids.size()], without_registers(x), height, width, /*leading=*/1});
  }
  while (grids.size() < after_.size()) {
    const std::string& tap = params_.taps[grids.size()];
    grids.push_back(output(tap, without_registers(x), height, width));
    grids.back().name = tap;
  }
  return grids;
}

bool VisionTransformer::hook_attention_output(ImageBackbone::ProjectionHook hook) {
  hook_ = std::move(hook);
  return true;
}

BackboneSizes VisionTransformer::sizes() {
  BackboneSizes sizes{.block_widths = std::vector<int64_t>(static_cast<size_t>(blocks_used()), width())};
  for (size_t tap = 0; tap < after_.size(); ++tap)
    sizes.taps.push_back(after_[tap] <= params_.depth ? BackboneSizes::Tap{1 + side() * side(), width()}
                                                       : output_size(params_.taps[tap]));
  return sizes;
}

int64_t VisionTransformer::blocks_used() const { return std::min(after_.back(), params_.depth); }

}  // namespace bgraph::features

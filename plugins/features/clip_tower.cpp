#include "clip_tower.h"

#include <bgraph/sdk/nn/parameter_kind.h>
#include <bgraph/sdk/nn/register_at.h>
#include <torch/types.h>

#include <cmath>

namespace bgraph::features {

namespace {

constexpr double kEps = 1e-5;
constexpr const char* kTokens = "tokens";
constexpr const char* kEmbedding = "embedding";

}  // namespace

ClipTower::ClipTower(const ClipParams& params, Activation activation)
    : VisionTransformer(params, {.block = {.eps = kEps, .activation = activation, .names = BlockNames::clip},
                                 .outputs = {kTokens, kEmbedding}}) {
  const int64_t D = params.width;
  class_embedding_ = register_parameter("class_embedding", new_parameter({D}));
  positional_embedding_ = register_parameter("positional_embedding", new_parameter({1 + side() * side(), D}));
  proj_ = register_parameter("proj", new_parameter({D, params.embedding}));
  conv1_ = register_module("conv1", std::make_shared<Conv2d>(3, D, params.patch,
                                                             Conv2d::Options{.stride = params.patch, .bias = false}));
  ln_pre_ = register_module("ln_pre", std::make_shared<LayerNorm>(D, kEps));
  register_at(*this, "transformer.resblocks", blocks_);
  ln_post_ = register_module("ln_post", std::make_shared<LayerNorm>(D, kEps));
}

at::Tensor ClipTower::embed(const at::Tensor& images) {
  const auto patches = (*conv1_)(images).flatten(2).transpose(1, 2);  // [B, P, D]
  const auto x = at::cat({class_embedding_.expand({images.size(0), 1, -1}), patches}, 1);
  return (*ln_pre_)(x + positional_embedding_);
}

TokenGrid ClipTower::output(const std::string& tap, const at::Tensor& x, int64_t height, int64_t width) {
  if (tap == kTokens) return {.tokens = (*ln_post_)(x.slice(1, 1)), .height = height, .width = width};
  return {.tokens = at::matmul((*ln_post_)(x.slice(1, 0, 1)), proj_), .height = 1, .width = 1};
}

BackboneSizes::Tap ClipTower::output_size(const std::string& tap) const {
  if (tap == kTokens) return {side() * side(), width()};
  return {1, proj_.size(1)};
}

void ClipTower::initialise(Rng rng) {
  const at::NoGradGuard guard;
  const double scale = 1.0 / std::sqrt(static_cast<double>(width()));
  for (auto* table : {&class_embedding_, &positional_embedding_, &proj_})
    table->copy_(rng.normal(table->sizes()) * scale);
  initialise_all(*this, rng);
}

}  // namespace bgraph::features

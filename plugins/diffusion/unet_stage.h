// One numbered stage of a UNet: a few layers one after another, each given what it reads of the condition.
//
// Names: the place of the layer in the stage: "0.in_layers.0.weight", "1.proj_in.weight", ...
#pragma once

#include "residual_block.h"
#include "spatial_transformer.h"

#include <bgraph/sdk/nn/register_at.h>

#include <functional>
#include <string>
#include <vector>

namespace bgraph::diffusion {

/// What every stage may read.
struct Conditioning {
  at::Tensor embedding;  // [B, E], after SiLU
  at::Tensor context;    // [B, T, D]
};

class UnetStage final : public torch::nn::Module {
 public:
  void add(const std::shared_ptr<ResidualBlock>& block) {
    append(block, "", [block](const at::Tensor& x, const Conditioning& given) { return (*block)(x, given.embedding); });
  }
  void add(const std::shared_ptr<SpatialTransformer>& transformer) {
    append(transformer, "",
           [transformer](const at::Tensor& x, const Conditioning& given) { return (*transformer)(x, given.context); });
  }
  /// A layer that reads nothing but x; `inner` is its name below its place, ".op" for example.
  template <class M>
  void add(const std::shared_ptr<M>& layer, const std::string& inner = {}) {
    append(layer, inner, [layer](const at::Tensor& x, const Conditioning&) { return (*layer)(x); });
  }

  at::Tensor operator()(at::Tensor x, const Conditioning& given) const {
    for (const auto& step : steps_) x = step(x, given);
    return x;
  }

 private:
  using Step = std::function<at::Tensor(const at::Tensor& x, const Conditioning& given)>;

  template <class M>
  void append(const std::shared_ptr<M>& layer, const std::string& inner, Step step) {
    register_at(*this, std::to_string(steps_.size()) + inner, layer);
    steps_.push_back(std::move(step));
  }

  std::vector<Step> steps_;
};

}  // namespace bgraph::diffusion

// Registration under a name with dots: the places that checkpoints give to members of nested sequences.
//
//   conv_ = register_at(*this, "in_layers.2", std::make_shared<Conv2d>(...));     // parameters in_layers.2.weight, .bias
//
// Published networks name a layer by its place in a sequence of which most members (activations, dropout) have
// no parameters. Modules in between are made as they are needed and hold nothing else.
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <string>

namespace bgraph {

template <class M>
std::shared_ptr<M> register_at(torch::nn::Module& owner, const std::string& path, std::shared_ptr<M> module) {
  const auto dot = path.find('.');
  if (dot == std::string::npos) return owner.register_module(path, std::move(module));
  const std::string first = path.substr(0, dot), rest = path.substr(dot + 1);
  const auto children = owner.named_children();
  const auto* found = children.find(first);
  auto& next = found ? **found : *owner.register_module(first, std::make_shared<torch::nn::Module>());
  return register_at(next, rest, std::move(module));
}

}  // namespace bgraph

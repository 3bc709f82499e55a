// Components: things used inside nodes (a tokenizer, a backbone, a diffusion backend), swappable by graph.
//
// A component is a torch module with named parameters; an interface of sdk/components/ says what it can do.
//
//   class Bit final : public Predictor { public: explicit Bit(BitParams params); ... };
//   BGRAPH_COMPONENT(Bit, "decoding.bit")              // parameters: BitParams
//
// It travels as a Model value: recipe (type, parameters, nested parts) plus weights. A fresh component draws
// its weights from the Rng given to initialise(), never from a global generator.
#pragma once

#include <bgraph/sdk/data/rng.h>
#include <bgraph/sdk/params.h>
#include <bgraph/sdk/plugin.h>
#include <bgraph/sdk/values/model.h>
#include <torch/nn/module.h>

#include <map>
#include <memory>
#include <string>

namespace bgraph {

class Component : public torch::nn::Module {
 public:
  static constexpr const char* kInterface = "";  // ctx.build<Component>(model): whatever it offers
  Component();
  ~Component() override;
  virtual std::string_view interface() const = 0;

  /// Takes built nested components by the names the recipe gives them. Default: none expected.
  virtual void set_parts(const std::map<std::string, std::shared_ptr<Component>>& parts);
};

/// All parameters and buffers by name, detached.
std::map<std::string, at::Tensor> weights_of(const torch::nn::Module& module);

/// Copies weights in by name. Error listing missing, unexpected and wrongly shaped names.
void load_weights(torch::nn::Module& module, const std::map<std::string, at::Tensor>& weights,
                  const std::string& owner);

namespace detail {

template <class C, class Params>
struct ComponentRegistration {
  ComponentRegistration(const char* type, const char* source) {
    plugin_entries().components.push_back(
        {type, C::kInterface, source,
         [](const Json& params, const std::string& owner) -> std::shared_ptr<Component> {
           return std::make_shared<C>(read_params<Params>(params, owner));
         },
         [] { return describe_params<Params>(); }});
  }
};

}  // namespace detail

#define BGRAPH_COMPONENT(Class, type) \
  static const ::bgraph::detail::ComponentRegistration<Class, Class##Params> register_##Class(type, __FILE__);

}  // namespace bgraph

// The reduced networks of the golden cases, built through their components with the weights of the case.
#pragma once

#include <bgraph/sdk/components/autoencoder.h>
#include <bgraph/sdk/components/denoising_network.h>
#include <bgraph/sdk/testing/golden.h>
#include <bgraph/sdk/testing/run.h>

namespace bgraph::diffusion {

/// The parameters of `component` that a reference configuration gives, by the same names.
inline Json known_params(const std::string& component, const Json& config) {
  const Json defaults = testing::recipe(component, Json::object()).params;
  Json params = Json::object();
  for (const auto& [name, value] : defaults.items())
    if (config.contains(name)) params[name] = config.at(name);
  return params;
}

/// A component with the weights of the case that are named `prefix` + name.
template <class Interface>
std::shared_ptr<Interface> golden_component(const testing::Golden& golden, const std::string& component, const Json& config,
                                            const std::string& prefix) {
  Model model = testing::recipe(component, known_params(component, config));
  for (const auto& row : golden["tensors"]) {
    const auto name = row.at(0).get<std::string>();
    if (name.starts_with(prefix)) model.weights[name.substr(prefix.size())] = golden.tensor(name);
  }
  return testing::build_component<Interface>(model);
}

}  // namespace bgraph::diffusion

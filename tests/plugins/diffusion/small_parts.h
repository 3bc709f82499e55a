// Parts of latent diffusion models small enough for tests, with numbers in every parameter.
#pragma once

#include <bgraph/sdk/component.h>
#include <bgraph/sdk/testing/run.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>

namespace bgraph::diffusion {

/// The component with numbers that keep the size of what passes through, in weights that start at zero too.
inline Model scrambled(const std::string& component, const Json& params) {
  Model model = testing::recipe(component, params);
  Rng rng(29, "test", component, 0, 0);
  for (const auto& [name, tensor] : weights_of(*testing::build_component<Component>(model))) {
    const auto fan_in = static_cast<double>(tensor.numel() / std::max<int64_t>(1, tensor.size(0)));
    const double deviation = tensor.dim() > 1 ? 1 / std::sqrt(fan_in) : 0.02;
    model.weights[name] = tensor + deviation * rng.normal(tensor.sizes());
  }
  return model;
}

/// Two levels, the second with a transformer.
inline Model small_unet(int64_t context_width, int64_t vector_width) {
  return scrambled("diffusion.sgm_unet", {{"model_channels", 32}, {"channel_mult", {1, 2}}, {"num_res_blocks", 1},
                                          {"attention_resolutions", {2}}, {"num_head_channels", 16},
                                          {"transformer_depth", {0, 1}}, {"context_dim", context_width},
                                          {"adm_in_channels", vector_width}});
}

/// Latents of 4 channels at an eighth of the side.
inline Model small_autoencoder() { return scrambled("diffusion.tiny_autoencoder", Json::object()); }

}  // namespace bgraph::diffusion

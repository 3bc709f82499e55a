#include "small_networks.h"

#include "small_parts.h"

#include <bgraph/sdk/value.h>

#include <ATen/ops/full.h>

#include <map>
#include <string>
#include <vector>

namespace bgraph::testing {

namespace {

using Tensors = std::map<std::string, at::Tensor>;

Tensors named(const std::string& prefix, const std::string& component, const Json& settings) {
  Tensors all;
  for (const auto& [name, tensor] : diffusion::scrambled(component, settings).weights) all[prefix + name] = tensor;
  return all;
}

}  // namespace

void write_small_networks(const std::filesystem::path& folder) {
  const auto write = [&](const std::string& name, const Tensors& weights) { write_safetensors(folder / (name + ".safetensors"), weights, {}); };
  const std::vector<int64_t> alexnet = {4, 6, 6, 5, 5};
  write("dinov2_vitl14_reg4_pretrain", named("", "features.dinov2", {{"width", 24}, {"depth", 5}, {"heads", 2}, {"image_size", 56}, {"table_side", 4}, {"taps", {"block5"}}}));
  write("vgg16_bn", named("", "features.vgg", {{"channels", {4, 6, 8, 8, 8}}, {"hidden", 3}, {"classes", 2}, {"taps", {"features.42"}}}));
  write("clip_vit_l_14", named("visual.", "features.openai_clip", {{"width", 16}, {"depth", 1}, {"heads", 2}, {"embedding", 6}}));
  write("alexnet", named("", "features.alexnet", {{"channels", alexnet}, {"hidden", 3}, {"classes", 2}}));
  write("inception_v3", named("", "features.inception_v3", {{"narrow", 16}, {"classes", 2}}));
  write("efficientnet_b1", named("", "features.efficientnet", {{"width", 0.25}, {"depth", 0.3}, {"classes", 2}}));
  write("swav_800ep_pretrain", named("module.", "features.resnet", {{"blocks", {1, 1, 1, 1}}, {"width", 4}, {"classes", 2}}));
  Tensors heads;
  for (size_t l = 0; l < alexnet.size(); ++l) heads["lin" + std::to_string(l) + ".model.1.weight"] = at::full({1, alexnet[l], 1, 1}, 0.1);
  write("lpips_v0.1_alex", heads);
  Tensors unclip = named("model.diffusion_model.", "diffusion.sgm_unet",
                         {{"model_channels", 32}, {"channel_mult", {1, 2}}, {"num_res_blocks", 1}, {"attention_resolutions", {2}}, {"num_head_channels", 16},
                          {"transformer_depth", {0, 1}}, {"context_dim", 24}, {"adm_in_channels", 16}});
  unclip.merge(named("first_stage_model.", "diffusion.autoencoder_kl", {{"ch", 32}, {"ch_mult", {1, 1, 1, 1}}, {"num_res_blocks", 1}}));
  unclip.merge(named("conditioner.embedders.0.model.visual.", "features.open_clip", {{"width", 24}, {"depth", 2}, {"heads", 2}, {"embedding", 10}, {"image_size", 56}}));
  write("unclip6", unclip);
}

}  // namespace bgraph::testing

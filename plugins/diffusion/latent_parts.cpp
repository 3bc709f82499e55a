#include "latent_parts.h"

#include <bgraph/sdk/contract/error.h>

namespace bgraph::diffusion {

namespace {

template <class Interface>
std::shared_ptr<Interface> part(const std::string& owner, const std::string& role,
                                const std::map<std::string, std::shared_ptr<Component>>& parts) {
  const auto found = parts.find(role);
  if (found == parts.end()) throw Error(owner + " needs the part '" + role + "', a " + Interface::kInterface);
  if (found->second->interface() != Interface::kInterface)
    throw Error(owner + " takes a " + Interface::kInterface + " as '" + role + "', found a " +
                std::string(found->second->interface()));
  return std::static_pointer_cast<Interface>(found->second);
}

}  // namespace

LatentParts latent_parts(const std::string& owner, const std::map<std::string, std::shared_ptr<Component>>& parts) {
  LatentParts both{part<DenoisingNetwork>(owner, "unet", parts), part<Autoencoder>(owner, "autoencoder", parts)};
  for (const auto& [role, ignored] : parts)
    if (role != "unet" && role != "autoencoder") throw Error(owner + " takes no part '" + role + "'");
  if (both.unet->channels() != both.autoencoder->latent_channels())
    throw Error(owner + ": the UNet works on latents of " + std::to_string(both.unet->channels()) +
                    " channels, the autoencoder makes " + std::to_string(both.autoencoder->latent_channels()),
                "take both from one family of models");
  return both;
}

}  // namespace bgraph::diffusion

// Autoencoder: images <-> the smaller latents a diffusion model works on.
#pragma once

#include <bgraph/sdk/component.h>

namespace bgraph {

class Autoencoder : public Component {
 public:
  static constexpr const char* kInterface = "Autoencoder";
  std::string_view interface() const override { return kInterface; }
  ~Autoencoder() override;

  /// images [B, 3, H, W] in [0, 1], H and W divisible by factor()  ->  latents [B, C, H / factor, W / factor], of about unit
  /// variance. noise, of the latents' shape, standard normal: where the encoder gives a distribution, which of its
  /// points; undefined: its mean. Encoders that give a point ignore it.
  virtual at::Tensor encode(const at::Tensor& images, const at::Tensor& noise) = 0;
  /// latents [B, C, h, w]  ->  images [B, 3, h * factor, w * factor], about [0, 1], not clamped.
  virtual at::Tensor decode(const at::Tensor& latents) = 0;

  virtual int64_t latent_channels() const = 0;  // C
  virtual int64_t factor() const = 0;           // pixels per latent, along one side
  virtual void initialise(Rng rng) = 0;
};

}  // namespace bgraph

// The unCLIP diffusion backend: images from semantic tokens in the latents of an autoencoder.
//
//   training   z = encode(image), t uniform in 0..999, noise = n + offset_noise o          o: one normal number per channel
//              loss = mean (noise - F(c_in (z + sigma_t noise), t, tokens, y))^2
//   sampling   x = z + sigma_k (n + offset_noise o)                                        o: one normal number per image
//              with a start image: z = encode(start), k = start_index; without: z normal, k = 0
//              Euler over the levels k .. 0 with guidance; the unconditional branch reads normal numbers instead of tokens
//   y          sinusoids of the numbers in `sizes`: original height and width, top and left of the crop
//
// Order of the random numbers of an image: posterior noise (or z), unconditional tokens, n, o.
#pragma once

#include "latent_parts.h"

#include <bgraph/sdk/components/diffusion_backend.h>

namespace bgraph::diffusion {

struct UnclipParams {
  int64_t image_size = 256;
  std::vector<double> sizes = {256, 256, 0, 0};
  double offset_noise = 0.04;

  template <class Visitor>
  void visit(Visitor& field) {
    field("image_size", image_size, at_least(8), "side of the images in pixels");
    field("sizes", sizes, any(), "what the vector tells: original height, width, top and left of the crop");
    field("offset_noise", offset_noise, at_least(0), "sd of the noise common to all pixels");
  }
};

class Unclip final : public DiffusionBackend {
 public:
  explicit Unclip(UnclipParams params) : params_(std::move(params)) {}

  /// Takes 'unet' (DenoisingNetwork) and 'autoencoder' (Autoencoder). They are no submodules: their weights are the
  /// parts', and who trains decides which of them.
  void set_parts(const std::map<std::string, std::shared_ptr<Component>>& parts) override;

  at::Tensor loss(const at::Tensor& images, const at::Tensor& condition, Rng rng) override;
  at::Tensor sample(const at::Tensor& condition, const at::Tensor& start, const Sampling& sampling,
                    const std::function<Rng(int64_t)>& rng_of) override;
  int64_t image_size() const override { return params_.image_size; }
  void initialise(Rng) override {}  // nothing of its own to draw

  /// All random numbers of a batch, noise with its offset.
  struct Draws {
    at::Tensor posterior;      // [B, C, h, w] of the start image's latents; without one, z itself
    at::Tensor unconditional;  // [B, T, D]
    at::Tensor noise;          // [B, C, h, w]
  };
  Draws draw(const at::Tensor& condition, const std::function<Rng(int64_t)>& rng_of) const;

  /// sample() with these numbers.
  at::Tensor generate(const at::Tensor& condition, const at::Tensor& start, const Sampling& sampling,
                      const Draws& draws) const;

  /// y for B rows: [B, V].
  at::Tensor size_vector(int64_t batch) const;

 private:
  void check_images(const at::Tensor& images) const;
  std::vector<int64_t> latent_shape() const;  // C, h, w

  UnclipParams params_;
  LatentParts parts_;
};

}  // namespace bgraph::diffusion

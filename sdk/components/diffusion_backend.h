// DiffusionBackend: images from semantic tokens, optionally started from a given image.
#pragma once

#include <bgraph/sdk/component.h>
#include <bgraph/sdk/components/sampling.h>

#include <functional>

namespace bgraph {

class DiffusionBackend : public Component {
 public:
  static constexpr const char* kInterface = "DiffusionBackend";
  std::string_view interface() const override { return kInterface; }
  ~DiffusionBackend() override;

  /// Called once before training with all images [N, 3, H, W] in [0, 1] and conditions [N, T, D]: constants such as
  /// means and scales are taken here. Default: none.
  virtual void prepare(const at::Tensor& images, const at::Tensor& condition);

  /// Denoising loss, a scalar with gradient. images [B, 3, H, W] in [0, 1], condition [B, T, D].
  virtual at::Tensor loss(const at::Tensor& images, const at::Tensor& condition, Rng rng) = 0;

  using Sampling = bgraph::Sampling;
  /// condition [B, T, D], start [B, 3, H, W] in [0, 1] or undefined  ->  images [B, 3, H, W] in [0, 1].
  /// Row b draws its noise from rng_of(b) alone, so that chunks give the same images.
  virtual at::Tensor sample(const at::Tensor& condition, const at::Tensor& start, const Sampling& sampling,
                            const std::function<Rng(int64_t)>& rng_of) = 0;
  virtual int64_t image_size() const = 0;
  virtual void initialise(Rng rng) = 0;
};

}  // namespace bgraph

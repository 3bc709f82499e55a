// Refiner: images made sharper by a model that knows nothing of brains.
#pragma once

#include <bgraph/sdk/component.h>
#include <bgraph/sdk/components/sampling.h>

namespace bgraph {

class Refiner : public Component {
 public:
  static constexpr const char* kInterface = "Refiner";
  std::string_view interface() const override { return kInterface; }
  ~Refiner() override;

  /// images [B, 3, H, W] in [0, 1], any size  ->  [B, 3, S, S] in [0, 1], S = image_size().
  /// Row b draws its noise from rng_of(b) alone, so that chunks give the same images.
  virtual at::Tensor refine(const at::Tensor& images, const Sampling& sampling,
                            const std::function<Rng(int64_t)>& rng_of) = 0;
  virtual int64_t image_size() const = 0;
  virtual void initialise(Rng rng) = 0;
};

}  // namespace bgraph

// DenoisingNetwork: the network inside a diffusion model: which noise is in x?
#pragma once

#include <bgraph/sdk/component.h>

namespace bgraph {

class DenoisingNetwork : public Component {
 public:
  static constexpr const char* kInterface = "DenoisingNetwork";
  std::string_view interface() const override { return kInterface; }
  ~DenoisingNetwork() override;

  /// x [B, C, h, w] scaled to unit variance, t [B] int64 in 0..999 (the noise level's place in the table),
  /// context [B, T, D] read by attention, vector [B, V] that reaches every block  ->  the noise, [B, C, h, w].
  virtual at::Tensor forward(const at::Tensor& x, const at::Tensor& t, const at::Tensor& context,
                             const at::Tensor& vector) = 0;

  virtual int64_t channels() const = 0;       // C
  virtual int64_t context_width() const = 0;  // D
  virtual int64_t vector_width() const = 0;   // V
  virtual int64_t factor() const = 0;         // h and w must be divisible by it
  virtual void initialise(Rng rng) = 0;
};

}  // namespace bgraph
